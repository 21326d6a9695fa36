output "responsibility_transfers" {
  description = "What the configuration moves to us, accepted or not."
  value       = local.responsibility_transfers
}

output "version_dates" {
  description = "Dates of the planned version."
  value       = srm_hds_cluster.this.version_dates
}
