moved {
  from = scaleway_k8s_cluster.prod
  to   = srm_hds_cluster.prod
}

resource "srm_hds_cluster" "prod" {
  name               = "prod"
  type               = "kapsule-dedicated-4"
  version            = "1.35"
  private_network_id = var.private_network_id
  allowed_ip_ranges  = [{ cidr = "203.0.113.0/24", description = "office" }]
  maintenance_window = { day = "sunday", start_hour = 2 }

  delete_additional_resources = false
}

# Only the reference to the cluster changes: the nodes keep running.
resource "scaleway_k8s_pool" "workers" {
  cluster_id         = srm_hds_cluster.prod.id
  name               = "workers"
  node_type          = "DEV1-L"
  zone               = "fr-par-1"
  size               = 2
  min_size           = 2
  root_volume_type   = "l_ssd"
  public_ip_disabled = false
}

variable "private_network_id" {
  type        = string
  description = "Existing Private Network of the cluster."
}
