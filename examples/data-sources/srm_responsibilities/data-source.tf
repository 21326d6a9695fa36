# The matrix of a described cluster sends no requests.
data "srm_responsibilities" "planned" {
  hds = true

  cluster = {
    variant = "kapsule"
    offer   = "dedicated"
    cni     = "cilium"

    pools = [{
      name         = "workers"
      kubelet_args = { maxPods = "50" }
    }]
  }
}

# The matrix of a planned cluster, with the transfers of its resources. Pass them through a local value: otherwise, the CLI
# reads the data source only after the resources have changed.
locals {
  transfers = srm_hds_cluster.records.responsibility_transfers
}

data "srm_responsibilities" "records" {
  hds = true

  cluster = {
    variant                  = "kapsule"
    offer                    = "dedicated"
    responsibility_transfers = local.transfers
  }
}

# The matrix of a real cluster in French, restricted to clauses of the customer, alone or shared, that need an attestation.
data "srm_responsibilities" "attested" {
  cluster_id = "fr-par/11111111-1111-1111-1111-111111111111"
  hds        = true
  language   = "fr"

  filter = {
    party = ["customer", "shared"]
    by    = ["attestation"]
  }
}

output "shifted_to_the_customer" {
  value = [for transfer in data.srm_responsibilities.planned.responsibility_transfers : "${transfer.component}: ${transfer.reason} ${transfer.how_to_revert}"]
}

output "attestations" {
  value = {
    for clause in data.srm_responsibilities.attested.clauses :
    clause.id => { for key, by in clause.covered_by : by => clause.parts[key]... if startswith(by, "attestation") }
  }
}
