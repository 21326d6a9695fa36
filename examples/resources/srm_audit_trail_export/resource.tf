# The bucket is in the Project of the provider, in fr-par. It is private, with versioning, object lock and a default
# retention of a year.
resource "srm_audit_trail_export" "records" {
  name               = "audit-trail"
  bucket             = "acme-audit-trail"
  prefix             = "production"
  min_retention_days = 365
  tags               = ["hds"]
}
