"""Addresses of hospitals."""

from rest_framework.routers import SimpleRouter

from apps.hospitals.api.audit import AuditEventViewSet
from apps.hospitals.api.views import DepartmentViewSet, HospitalViewSet

router = SimpleRouter(use_regex_path=False)
router.register("hospitals/departments", DepartmentViewSet)
router.register("hospitals", HospitalViewSet)
router.register("audit-logs", AuditEventViewSet)

urlpatterns = router.urls
