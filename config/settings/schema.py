"""How the OpenAPI schema, Swagger UI and ReDoc look."""

from config.settings.teaching import DESCRIPTION, TAG_GROUPS, TAGS

# Options of Swagger UI, as JavaScript: whoever runs the sign-in is signed in, with nothing to copy.
SWAGGER_UI = """{
  deepLinking: true,
  persistAuthorization: true,
  displayOperationId: false,
  displayRequestDuration: true,
  docExpansion: "none",
  defaultModelsExpandDepth: -1,
  filter: true,
  tryItOutEnabled: true,
  responseInterceptor: (response) => {
    if (response.ok && response.url.endsWith("/auth/login/") && response.obj && response.obj.access) {
      ui.preauthorizeApiKey("bearer", response.obj.access);
    }
    return response;
  },
}"""

SPECTACULAR_SETTINGS = {
    "TITLE": "CareLoop",
    "VERSION": "1.0.0",
    "DESCRIPTION": DESCRIPTION,
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PUBLIC": True,
    "SERVE_PERMISSIONS": ["apps.accounts.permissions.MayReadSchema"],
    "SERVE_AUTHENTICATION": ["rest_framework.authentication.SessionAuthentication"],
    "SCHEMA_PATH_PREFIX": r"/api/v1/",
    "COMPONENT_SPLIT_REQUEST": True,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SWAGGER_UI_SETTINGS": SWAGGER_UI,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "apps.core.http.schema.share_problems",
        "apps.core.http.schema.drop_nullable",
        "config.examples.tell_where_ids_come_from",
    ],
    "ENUM_NAME_OVERRIDES": {
        "Role": "apps.accounts.choices.Role",
        "SelfGivenRole": "apps.accounts.choices.SELF_GIVEN",
        "HospitalStatus": "apps.hospitals.choices.HospitalStatus",
        "DoctorStatus": "apps.hospitals.choices.DoctorStatus",
        "ArticleStatusEnum": "apps.articles.choices.ArticleStatus",
        "ArticleDecisionEnum": "apps.articles.choices.Decision",
        "AppointmentStatus": "apps.appointments.choices.Status",
        "EntryStatusEnum": "apps.patients.choices.EntryStatus",
        "CareSourceEnum": "apps.patients.choices.CareSource",
        "KindEnum": "apps.appointments.choices.RuleKind",
        "GrantKindEnum": "apps.patients.choices.GrantKind",
        "SexEnum": "apps.patients.choices.Sex",
        "ReactionSeverityEnum": "apps.patients.choices.Severity",
        "FindingSeverityEnum": "apps.recommendations.medicines.Severity",
        "PaperKindEnum": "apps.hospitals.choices.PaperKind",
        "MedicationSourceEnum": "apps.patients.choices.MedicationSource",
        "PlanStateEnum": "apps.reminders.choices.PlanState",
        "DraftStateEnum": "apps.reminders.choices.DraftState",
        "DoseStateEnum": "apps.reminders.choices.DoseState",
        "OutcomeEnum": "apps.reminders.choices.Outcome",
    },
    "TAGS": TAGS,
    "EXTENSIONS_ROOT": {"x-tagGroups": TAG_GROUPS},
}
