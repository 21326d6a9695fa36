# A described cluster takes no request.
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

# What resources plan to shift, with the rest of the matrix, in the plan: through a local value, which lets the CLI read it
# before anything is changed.
locals {
  moved = srm_hds_cluster.records.responsibility_transfers
}

data "srm_responsibilities" "records" {
  hds = true

  cluster = {
    variant                  = "kapsule"
    offer                    = "dedicated"
    responsibility_transfers = local.moved
  }
}

# A real cluster, made by anyone, in French; here only duties of the customer, alone or shared, that need an attestation.
data "srm_responsibilities" "attested" {
  cluster_id = "fr-par/11111111-1111-1111-1111-111111111111"
  hds        = true
  language   = "fr"

  filter = {
    party = ["customer", "shared"]
    by    = ["attestation"]
  }
}

output "shifted_to_us" {
  value = [for transfer in data.srm_responsibilities.planned.responsibility_transfers : "${transfer.component}: ${transfer.reason} ${transfer.how_to_revert}"]
}

output "attestations" {
  value = {
    for clause in data.srm_responsibilities.attested.clauses :
    clause.id => { for key, by in clause.covered_by : by => clause.parts[key]... if startswith(by, "attestation") }
  }
}
