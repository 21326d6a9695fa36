# These tests only run plans. They need the API in SCW_API_URL: a sandbox whose clock is at the end of November 2026.

provider "srm" {
  hds_contract = {
    reference = "HDS-2026-001"
    signed_on = "2026-01-15"
  }
}

variables {
  name               = "records"
  kubernetes_version = "1.36"
  private_network_id = "fr-par/44444444-4444-4444-4444-444444444444"
  administrators     = { office = "192.0.2.0/24" }
  passphrase         = "a passphrase that is long enough to be one"
  as_of              = "2026-11-24"
  pools = {
    workers = { node_type = "POP2-4C-16G", zone = "fr-par-1", size = 2 }
    batch   = { node_type = "POP2-4C-16G", zone = "fr-par-2", autoscaling = { min = 0, max = 4 } }
  }
}

run "no_transfers" {
  command = plan
  assert {
    condition     = length(output.responsibility_transfers) == 0 && strcontains(output.pull_request, "None.")
    error_message = output.pull_request
  }
  assert {
    condition     = strcontains(output.pull_request, "Supported until 20") && strcontains(output.pull_request, "192.0.2.0/24 (office)") && strcontains(output.pull_request, "| customer |") && !strcontains(output.pull_request, "enforced")
    error_message = output.pull_request
  }
}

run "empty_allow_list" {
  command = plan
  variables {
    administrators = {}
  }
  assert {
    condition     = strcontains(output.pull_request, "API server: the plan sets an empty allow-list.")
    error_message = output.pull_request
  }
}

run "ineligible_node_type" {
  command = plan
  variables {
    pools = { workers = { node_type = "DEV1-L", zone = "fr-par-1", size = 2 } }
  }
  expect_failures = [var.pools]
}

run "zone_in_another_region" {
  command = plan
  variables {
    pools = { workers = { node_type = "POP2-4C-16G", zone = "nl-ams-1", size = 2 } }
  }
  expect_failures = [var.pools]
}

run "unknown_version" {
  command = plan
  variables {
    kubernetes_version = "1.99"
  }
  expect_failures = [var.kubernetes_version]
}

run "malformed_range" {
  command = plan
  variables {
    administrators = { office = "the office" }
  }
  expect_failures = [var.administrators]
}

run "unaccepted_transfer" {
  command = plan
  variables {
    pools = { workers = { node_type = "POP2-4C-16G", zone = "fr-par-1", size = 2, kubelet_args = { maxPods = "50" } } }
  }
  expect_failures = [terraform_data.gate]
}

run "accepted_transfer_without_reason" {
  command = plan
  variables {
    accepted_responsibility_transfers = { "workers/kubelet_args/maxPods" = " " }
  }
  expect_failures = [var.accepted_responsibility_transfers]
}

run "accepted_transfer" {
  command = plan
  variables {
    pools                             = { workers = { node_type = "POP2-4C-16G", zone = "fr-par-1", size = 2, kubelet_args = { maxPods = "50" } } }
    accepted_responsibility_transfers = { "workers/kubelet_args/maxPods" = "The appliance runs many small pods." }
  }
  assert {
    condition     = output.responsibility_transfers[*].key == ["workers/kubelet_args/maxPods"] && strcontains(output.pull_request, "| `workers/kubelet_args/maxPods` |") && strcontains(output.pull_request, "The appliance runs many small pods.")
    error_message = output.pull_request
  }
}

run "near_the_end_of_support" {
  command = plan
  variables {
    kubernetes_version = "1.35"
    as_of              = "2026-12-20"
  }
  expect_failures = [terraform_data.gate]
}

run "export_of_audit_trail" {
  command = plan
  variables {
    audit_trail_export = { bucket = "acme-audit-trail", min_retention_days = 365 }
  }
  assert {
    condition     = srm_audit_trail_export.this[0].region == "fr-par" && srm_audit_trail_export.this[0].name == "audit-trail" && srm_audit_trail_export.this[0].deletion_protection
    error_message = jsonencode(srm_audit_trail_export.this)
  }
}
