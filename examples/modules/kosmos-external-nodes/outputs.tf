output "scripts" {
  description = "What to run on each machine, as root. Secret where the provider enrols the machine."
  value       = { for name, node in srm_kosmos_external_node.machine : name => node.script }
  sensitive   = true
}

output "cloud_init" {
  description = "User data for each machine that is virtual."
  value       = { for name, node in srm_kosmos_external_node.machine : name => node.cloud_init }
  sensitive   = true
}

output "cleanup_scripts" {
  description = "What to run on a machine that leaves. Keep it: it is gone from the state with the node. No secret: sensitive only so that an apply does not print it."
  value       = { for name, node in srm_kosmos_external_node.machine : name => node.cleanup_script }
  sensitive   = true
}

output "nodes" {
  description = "What is known of each machine's node, for a pull request or a dashboard."
  value = { for name, node in srm_kosmos_external_node.machine : name => {
    id                     = node.id, status = node.status, kubelet_version = node.kubelet_version, version_skew = node.version_skew, last_seen_at = node.last_seen_at
    attestation_expires_at = node.attestation_expires_at
  } }
}
