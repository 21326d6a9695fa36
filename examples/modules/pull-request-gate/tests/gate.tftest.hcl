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
  administrators     = ["192.0.2.0/24"]
  passphrase         = "a passphrase that is long enough to be one"
  as_of              = "2026-11-24"
  pools = {
    workers = { node_type = "POP2-4C-16G", zone = "fr-par-1", size = 2 }
  }
}

run "no_transfers" {
  command = plan
  assert {
    condition     = length(output.responsibility_transfers) == 0
    error_message = "The transfers are ${jsonencode(output.responsibility_transfers)}."
  }
}

run "unaccepted_kubelet_argument" {
  command = plan
  variables {
    pools = {
      workers = { node_type = "POP2-4C-16G", zone = "fr-par-1", size = 2, kubelet_args = { maxPods = "50" } }
    }
  }
  expect_failures = [terraform_data.gate]
}

run "accepted_kubelet_argument" {
  command = plan
  variables {
    pools = {
      workers = { node_type = "POP2-4C-16G", zone = "fr-par-1", size = 2, kubelet_args = { maxPods = "50" } }
    }
    accepted_responsibility_transfers = ["workers/kubelet_args/maxPods"]
  }
  assert {
    condition     = output.responsibility_transfers[*].key == ["workers/kubelet_args/maxPods"]
    error_message = "The transfers are ${jsonencode(output.responsibility_transfers)}."
  }
}

run "too_few_days_of_support" {
  command = plan
  variables {
    kubernetes_version = "1.35"
    as_of              = "2026-12-20"
  }
  expect_failures = [terraform_data.gate]
}

run "deprecated_version" {
  command = plan
  variables {
    kubernetes_version  = "1.35"
    as_of               = "2027-01-19"
    min_days_of_support = 0
  }
  expect_failures = [terraform_data.gate]
}
