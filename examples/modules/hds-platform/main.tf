resource "srm_hds_cluster" "this" {
  name               = var.name
  version            = var.kubernetes_version
  type               = var.type
  private_network_id = var.private_network_id
  allowed_ip_ranges  = [for name, range in var.administrators : { cidr = range, description = name }]
  maintenance_window = var.maintenance_window

  delete_additional_resources = var.delete_additional_resources
  deletion_protection         = var.deletion_protection
}

resource "srm_hds_guardrails" "this" {
  cluster_id = srm_hds_cluster.this.id

  volume_encryption = {
    passphrase_wo         = var.passphrase
    passphrase_wo_version = var.passphrase_version
  }
}

# The reference to the guardrails sets the order: no node is created before volumes are encrypted by default.
resource "srm_hds_pool" "this" {
  for_each = var.pools

  cluster_id    = srm_hds_cluster.this.id
  guardrails_id = srm_hds_guardrails.this.id
  name          = each.key
  node_type     = each.value.node_type
  zone          = each.value.zone
  size          = each.value.size
  autoscaling   = each.value.autoscaling
  labels        = each.value.labels
  kubelet_args  = each.value.kubelet_args
  root_volume   = each.value.root_volume
  rotation      = each.value.rotation
}

# An Organization has one export job: set it in one platform, and leave it null in the others.
resource "srm_audit_trail_export" "this" {
  count = var.audit_trail_export == null ? 0 : 1

  name                = var.audit_trail_export.name
  bucket              = var.audit_trail_export.bucket
  prefix              = var.audit_trail_export.prefix
  project_id          = var.audit_trail_export.project_id
  min_retention_days  = var.audit_trail_export.min_retention_days
  deletion_protection = var.deletion_protection
}
