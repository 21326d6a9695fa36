variable "pool_id" {
  description = "Id of an external pool, such as srm_kosmos_pool.machines.id."
  type        = string
}

# A machine that the provider enrols. Its program contains the credential of the node: handle it as a secret.
resource "srm_kosmos_external_node" "rack" {
  pool_id = var.pool_id
  name    = "rack-1"
  address = "203.0.113.10"
  version = "1.35"

  agent = {
    version = "0.1.5"
    # From checksums.txt of the release: check it yourself.
    sha256 = { amd64 = "0000000000000000000000000000000000000000000000000000000000000000" }
  }

  ssh = { allowed_ip_ranges = ["203.0.113.64/28"] }

  attestation = {
    owner              = "Hospital IT, edge team"
    os                 = "Debian 12"
    os_patching        = "unattended upgrades every day, reboot on Sundays"
    hardening_baseline = "ANSSI-BP-028, intermediate"
    firewall           = "nftables on the machine, and the router of the site"
    monitoring         = "node exporter, on-call team of the hospital"
    document_uri       = "https://wiki.example.org/machines/rack-1"
    document_sha256    = "0000000000000000000000000000000000000000000000000000000000000000"
    reviewed_by        = "CISO"
    reviewed_on        = "2026-11-02"
    valid_days         = 180
  }
}

output "rack_program" {
  value     = srm_kosmos_external_node.rack.script
  sensitive = true
}

# A virtual machine of another cloud that enrols itself: the state contains no secret.
resource "srm_kosmos_external_node" "vm" {
  pool_id   = var.pool_id
  name      = "vm-1"
  address   = "203.0.113.11"
  enrolment = "machine"

  credential_source = { command = "vault kv get -field=key secret/kosmos" }

  agent = srm_kosmos_external_node.rack.agent

  attestation = merge(srm_kosmos_external_node.rack.attestation, {
    document_uri = "https://wiki.example.org/machines/vm-1"
  })
}
