# Revoke a token that was handed out:
#   terraform apply -invoke=action.srm_reset_admin_token.records
action "srm_reset_admin_token" "records" {
  config {
    cluster_id = "fr-par/00112233-4455-4677-8899-aabbccddeeff"
  }
}

# Revoke the token of another cluster whenever its members change.
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
