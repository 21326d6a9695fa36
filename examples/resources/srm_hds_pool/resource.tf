resource "srm_hds_pool" "workers" {
  cluster_id    = srm_hds_cluster.records.id
  guardrails_id = srm_hds_guardrails.records.id
  name          = "workers"
  node_type     = "POP2-4C-16G"
  zone          = "fr-par-1"
  size          = 3

  root_volume = {
    type    = "sbs_5k"
    size_gb = 100
  }

  # A change of this text replaces the nodes one by one: change it at least every 30 days.
  rotation = "2026-11"

  # Nodes have no public IP: they need the default route of a Public Gateway. If its connection is in the same
  # configuration, add it to depends_on, so that Terraform creates it first.
}

resource "srm_hds_pool" "batch" {
  cluster_id    = srm_hds_cluster.records.id
  guardrails_id = srm_hds_guardrails.records.id
  name          = "batch"
  node_type     = "POP2-HC-8C-16G"
  zone          = "fr-par-2"

  autoscaling = {
    min = 0
    max = 10
  }

  root_volume = {
    type    = "sbs_15k"
    size_gb = 100
  }

  labels = {
    workload = "batch"
  }

  taints = [{
    key    = "workload"
    value  = "batch"
    effect = "NoSchedule"
  }]
}
