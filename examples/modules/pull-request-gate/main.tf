terraform {
  required_version = ">= 1.11"
  required_providers {
    srm = {
      source  = "terraform-srm/srm"
      version = ">= 0.1.0"
    }
  }
}

resource "srm_hds_cluster" "this" {
  name               = var.name
  version            = var.kubernetes_version
  type               = var.type
  private_network_id = var.private_network_id

  allowed_ip_ranges = [for cidr in var.administrators : { cidr = cidr, description = "administrators" }]

  maintenance_window = {
    day        = "sunday"
    start_hour = 2
  }

  delete_additional_resources = false
}

resource "srm_hds_guardrails" "this" {
  cluster_id = srm_hds_cluster.this.id

  volume_encryption = {
    passphrase_wo         = var.passphrase
    passphrase_wo_version = 1
  }
}

resource "srm_hds_pool" "this" {
  for_each = var.pools

  cluster_id    = srm_hds_cluster.this.id
  guardrails_id = srm_hds_guardrails.this.id
  name          = each.key
  node_type     = each.value.node_type
  zone          = each.value.zone
  size          = each.value.size
  kubelet_args  = each.value.kubelet_args

  root_volume = {
    type    = "sbs_5k"
    size_gb = 100
  }
}
