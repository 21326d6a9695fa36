# A cluster for health data, which `make demo` creates on the sandbox. The end of the demo's output says how to create
# it in a real Project.

terraform {
  required_version = ">= 1.11"
  required_providers {
    srm = {
      source  = "terraform-srm/srm"
      version = ">= 0.1.0"
    }
  }
}

provider "srm" {
  hds_contract = {
    reference = "HDS-2026-001"
    signed_on = "2026-01-15"
  }
}

resource "srm_hds_cluster" "records" {
  name               = "patient-records"
  version            = var.kubernetes_version
  type               = var.type
  private_network_id = var.private_network_id

  allowed_ip_ranges = [for cidr in var.administrators : { cidr = cidr, description = "administrators" }]

  maintenance_window = {
    day        = "sunday"
    start_hour = 2
  }

  delete_additional_resources = false
  deletion_protection         = var.deletion_protection
  tags                        = ["health-data"]
}

resource "srm_hds_guardrails" "records" {
  cluster_id = srm_hds_cluster.records.id

  volume_encryption = {
    passphrase_wo         = var.passphrase
    passphrase_wo_version = 1
  }
}

resource "srm_hds_pool" "workers" {
  cluster_id    = srm_hds_cluster.records.id
  guardrails_id = srm_hds_guardrails.records.id
  name          = "workers"
  node_type     = "POP2-4C-16G"
  zone          = "fr-par-1"
  size          = 2

  root_volume = {
    type    = "sbs_5k"
    size_gb = 100
  }

  tags = ["health-data"]
}

data "srm_kubernetes_versions" "offered" {}

# Who is responsible for each clause. The data source reads the cluster, its nodes and its Kubernetes API.
data "srm_responsibilities" "records" {
  cluster_id        = srm_hds_cluster.records.id
  hds               = true
  look_into_cluster = true

  depends_on = [srm_hds_pool.workers]
}

# How long versions, nodes and node types are supported.
data "srm_cluster_lifecycle" "records" {
  cluster_id = srm_hds_cluster.records.id

  depends_on = [srm_hds_pool.workers]
}
