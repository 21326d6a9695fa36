# Creates, changes and destroys the platform. On a real Project, this costs money. On the sandbox, the guardrails need a
# Kubernetes API server (sandbox -kubeconfig FILE).

provider "srm" {
  hds_contract = {
    reference = "HDS-2026-001"
    signed_on = "2026-01-15"
  }
}

variables {
  name                = "records"
  kubernetes_version  = "1.36"
  private_network_id  = "fr-par/44444444-4444-4444-4444-444444444444"
  administrators      = { office = "192.0.2.0/24" }
  passphrase          = "a passphrase that is long enough to be one"
  as_of               = "2026-11-24"
  deletion_protection = false
  pools = {
    workers = { node_type = "POP2-4C-16G", zone = "fr-par-1", size = 1 }
  }
}

run "created" {
  assert {
    condition     = startswith(output.cluster_id, "fr-par/") && output.guardrails_id == "${output.cluster_id}/guardrails" && keys(output.pool_ids) == ["workers"]
    error_message = "The ids are ${output.cluster_id}, ${output.guardrails_id}, ${jsonencode(output.pool_ids)}."
  }
}

run "a_second_pool" {
  variables {
    pools = {
      workers = { node_type = "POP2-4C-16G", zone = "fr-par-1", size = 2 }
      batch   = { node_type = "POP2-4C-16G", zone = "fr-par-2", size = 1 }
    }
  }
  assert {
    condition     = keys(output.pool_ids) == ["batch", "workers"]
    error_message = "The pools are ${jsonencode(output.pool_ids)}."
  }
}
