moved {
  from = scaleway_k8s_pool.workers
  to   = srm_hds_pool.workers
}

resource "srm_hds_pool" "workers" {
  cluster_id    = srm_hds_cluster.prod.id
  guardrails_id = "${srm_hds_cluster.prod.id}/guardrails"
  name          = "workers"
  node_type     = "POP2-4C-16G"
  zone          = "fr-par-1"
  size          = 2
  root_volume   = { type = "sbs_5k", size_gb = 100 }
}
