"""What the frontends of the five older systems read in answers, and what it is called here: `theirs=ours`.

Names without `=` are the same; a long line goes on below, further in. docs/moving-from.md states each difference, and
tests/test_moving.py reads both.
"""

import re

READ = {
    "000": """
patient doctors/ id username=name
doctor doctors/my-patients/ id email
patient patient-notes/ id content=text created_at
patient action-plans/ id patient note action frequency=schedule start_date=activated_at end_date duration_days
    is_active=state
patient reminders/ id patient action_plan=plan title=action scheduled_for=due_at completed=state
    completed_at=taken_at sequence_number=number
""",
    "001": """
patient accounts/me/ id username email first_name last_name phone_number=phone user_type=role
admin accounts/users/ id username email first_name last_name phone_number=phone user_type=role is_active
admin accounts/dashboard-stats/ total_users total_patients total_doctors total_hospitals approved_hospitals
    pending_hospitals total_appointments pending_appointments
admin hospitals/ id name license_number email phone address location=city latitude longitude is_approved=status
    approved_at=decided_at
patient hospitals/departments/ id hospital name description
hospital hospitals/doctors/ id hospital department username email specialization phone_number=phone license_number
    cnic is_active
patient appointments/my-appointments/ id patient hospital department assigned_doctor=doctor requested_time=starts_at
    status reason notes
patient records/prescriptions/ id patient doctor diagnosis investigations treatment_plan=advice medicines
    follow_up_date referral_notes=referral version previous_version=previous
patient records/my-reports/ id patient title description file_type=record_type report_date=date file=files
    uploaded_by hospital
""",
    "002": """
patient users/profile/ id email role phone
anonymous doctors/ id name specialization qualification education experience_years bio consultation_fee city
    languages diseases_treated availability_status is_verified rating_avg=rating_average rating_count
    profile_image=image practice_location
anonymous doctors/specializations/ specialization count
anonymous doctors/{doctor}/ratings/ id doctor rating review_text=review user=reviewer created_at
anonymous doctors/{doctor}/ratings/breakdown/ rating_avg=rating_average rating_count
doctor doctors/schedules/ id doctor day_of_week=weekday start_time=from_time end_time=to_time is_active
patient appointments/ id doctor patient status appointment_number=number serial_number=serial
    appointment_date=local_date approximate_time=starts_at patient_notes=reason doctor_notes=notes
patient prescriptions/ id doctor patient appointment chief_complaint diagnosis medications=medicines follow_up_date
anonymous blog/posts/{article}/ id title content=body author slug image views_count is_published=status
anonymous blog/comments/?blog_post={article} id blog_post=post author=author_name content=text
""",
    "003": """
patient patients/ id name age=birth_date gender=sex contact=phone address
anonymous doctors/ id name specialization experience=experience_years qualifications=qualification consultation_fee
    availability=availability_status patient_count
patient mappings/ id patient doctor notes assigned_date=started_at is_active=ended_at
""",
    "004": """
patient accounts/doctors/ id specialization years_of_experience=experience_years
patient records/patient/ id patient doctor record_type description files created_at
patient notifications/ id record=subject_id notification_type=topic message=body is_read=read_at created_at
""",
}


def answers() -> list[tuple[str, str, str, dict[str, str]]]:
    """Return (system, person, path, {theirs: ours}) of each answer that a frontend reads."""
    found = []
    for system, text in READ.items():
        for line in re.split(r"\n(?! )", text.strip()):
            person, path, *names = line.split()
            pairs = (name.partition("=") for name in names)
            found.append((system, person, path, {theirs: ours or theirs for theirs, _, ours in pairs}))
    return found
