terraform {
  required_providers {
    srm = {
      source = "terraform-srm/srm"
    }
  }
}

variable "cluster_id" {
  type = string
}

variable "passphrase" {
  type      = string
  ephemeral = true
  sensitive = true
}

resource "srm_hds_guardrails" "main" {
  cluster_id = var.cluster_id

  volume_encryption = {
    passphrase_wo         = var.passphrase
    passphrase_wo_version = 1
  }

  volume_snapshots = {
    health_data_namespaces = ["records"]
  }

  # Namespaces into which snapshots are restored. The approver states that their sources are encrypted.
  attested_restores = [
    {
      namespace = "records"
      reason    = "Restores of snapshots of the class srm-encrypted."
      approver  = "Security officer"
    },
  ]
}
