resource "scaleway_k8s_cluster" "prod" {
  name                        = "prod"
  type                        = "kapsule"
  version                     = "1.35.9"
  cni                         = "cilium"
  private_network_id          = var.private_network_id
  delete_additional_resources = true

  auto_upgrade {
    enable                        = false
    maintenance_window_start_hour = 0
    maintenance_window_day        = "any"
  }
}

resource "scaleway_k8s_pool" "workers" {
  cluster_id         = scaleway_k8s_cluster.prod.id
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
