# A described cluster takes no request: what the platform of a pull request would look like.
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

# A real cluster, made by anyone; here only what nothing evaluates yet and is yours.
data "srm_responsibilities" "open" {
  cluster_id = "fr-par/11111111-1111-1111-1111-111111111111"
  hds        = true

  filter = {
    party     = ["customer"]
    mechanism = ["not_evaluated"]
  }
}

output "moved_to_us" {
  value = [for transfer in data.srm_responsibilities.planned.transfers : "${transfer.component}: ${transfer.because} ${transfer.give_back}"]
}

output "open_duties" {
  value = { for clause in data.srm_responsibilities.open.clauses : clause.id => clause.because }
}
