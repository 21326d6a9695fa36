# Revoke the admin token:
#   terraform apply -invoke=action.srm_reset_admin_token.records
action "srm_reset_admin_token" "records" {
  config {
    cluster_id = "fr-par/00112233-4455-4677-8899-aabbccddeeff"
  }
}

# Revoke the admin token of another cluster when the list of members changes.
action "srm_reset_admin_token" "archive" {
  config {
    cluster_id = "00112233-4455-4677-8899-aabbccddeeff"
    region     = "nl-ams"
  }
}

resource "terraform_data" "members" {
  input = ["alice", "bob"]

  lifecycle {
    action_trigger {
      events  = [after_update]
      actions = [action.srm_reset_admin_token.archive]
    }
  }
}
