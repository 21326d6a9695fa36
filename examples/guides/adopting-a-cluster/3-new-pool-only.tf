resource "srm_hds_cluster" "prod" {
  name               = "prod"
  type               = "kapsule-dedicated-4"
  version            = "1.35"
  private_network_id = var.private_network_id
  allowed_ip_ranges  = [{ cidr = "203.0.113.0/24", description = "office" }]
  maintenance_window = { day = "sunday", start_hour = 2 }

  delete_additional_resources = false
}

resource "srm_hds_guardrails" "prod" {
  cluster_id = srm_hds_cluster.prod.id

  volume_encryption = {
    passphrase_wo         = var.passphrase
    passphrase_wo_version = 1
  }
}

resource "srm_hds_pool" "records" {
  cluster_id    = srm_hds_cluster.prod.id
  guardrails_id = srm_hds_guardrails.prod.id
  name          = "records"
  node_type     = "POP2-4C-16G"
  zone          = "fr-par-1"
  size          = 2
  root_volume   = { type = "sbs_5k", size_gb = 100 }
  public_ip     = { reason = "The Private Network has no Public Gateway yet." }
}

variable "private_network_id" {
  type        = string
  description = "Existing Private Network of the cluster."
}

variable "passphrase" {
  type        = string
  ephemeral   = true
  sensitive   = true
  description = "Passphrase that encrypts new volumes, from your secret manager."
}
