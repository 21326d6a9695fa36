# The export job of the Organization. This command generates its import block:
#   terraform query -generate-config-out=export.tf
list "srm_audit_trail_export" "all" {
  provider         = srm
  include_resource = true
}
