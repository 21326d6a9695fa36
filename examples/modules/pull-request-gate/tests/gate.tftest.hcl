# Plans only. They ask an API, that of SCW_API_URL: a sandbox whose clock is near the end of November 2026.

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

run "nothing_moves" {
  command = plan
  assert {
    condition     = length(output.responsibility_transfers) == 0
    error_message = "The transfers are ${jsonencode(output.responsibility_transfers)}."
  }
}

run "a_kubelet_argument_is_stopped" {
  command = plan
  variables {
    pools = {
      workers = { node_type = "POP2-4C-16G", zone = "fr-par-1", size = 2, kubelet_args = { maxPods = "50" } }
    }
  }
  expect_failures = [terraform_data.gate]
}

run "unless_it_is_accepted" {
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

run "a_deprecated_version" {
  command = plan
  variables {
    kubernetes_version    = "1.35"
    as_of                 = "2027-01-19"
    least_days_of_support = 0
  }
  expect_failures = [terraform_data.gate]
}
