# The identity that reads the Organization: an IAM application apart from the one of iam.tf, since it sees the users, the
# policies and the API keys of all departments. It may read nothing of a cluster. Its API key belongs to a profile of its
# own: srm.yaml names it. Keep the file beside iam.tf, or add its block required_providers.
#
#   scw iam api-key create application-id=APPLICATION_ID expires-at=DATE default-project-id=BUCKET_PROJECT_ID

variable "organization_id" {
  description = "Organization to assess."
  type        = string
}

variable "audit_trail_project_id" {
  description = "Project of the bucket to which Audit Trail is exported."
  type        = string
}

resource "scaleway_iam_application" "organization_assessment" {
  name        = "srm-organization-assessment"
  description = "Reads IAM, Audit Trail and contracts for the assessment of Kubernetes clusters"
}

resource "scaleway_iam_policy" "organization_assessment" {
  name           = "srm-organization-assessment"
  description    = "Read access to IAM, Audit Trail and contracts"
  application_id = scaleway_iam_application.organization_assessment.id

  rule {
    organization_id = var.organization_id
    permission_set_names = [
      "AuditTrailReadOnly",   # export jobs and alert rules
      "IAMReadOnly",          # users, applications, groups, policies, API keys and security settings
      "OrganizationReadOnly", # contract signatures
    ]
  }

  rule {
    project_ids = [var.audit_trail_project_id]
    permission_set_names = [
      "ObjectStorageReadOnly", # object lock, versioning and policy of the bucket; this includes its objects
    ]
  }
}

output "organization_application_id" {
  description = "Owner of the API key of the Organization's assessment."
  value       = scaleway_iam_application.organization_assessment.id
}
