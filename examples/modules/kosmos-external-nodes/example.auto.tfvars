kubernetes_version = "1.35"
administrators     = ["192.0.2.0/24"]
no_health_data     = { by = "Head of data protection", reviewed_on = "2026-11-02" }

agent = {
  version = "0.1.5"
  sha256  = { amd64 = "0000000000000000000000000000000000000000000000000000000000000000" } # from checksums.txt of the release
}

node_defaults = {
  owner              = "Hospital IT, edge team"
  os                 = "Debian 12"
  os_patching        = "unattended upgrades every day, reboot on Sundays"
  hardening_baseline = "ANSSI-BP-028, intermediate"
  firewall           = "nftables on the machine, and the router of the site"
  monitoring         = "node exporter, on-call team of the hospital"
  reviewed_by        = "CISO"
  reviewed_on        = "2026-11-02"
  valid_days         = 180
}

machines = {
  rack-1 = {
    address = "203.0.113.10"
    attestation = {
      document_uri    = "https://wiki.example.org/machines/rack-1"
      document_sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
    }
  }
  vm-1 = {
    address     = "203.0.113.11"
    key_command = "vault kv get -field=key secret/kosmos"
    attestation = {
      document_uri    = "https://wiki.example.org/machines/vm-1"
      document_sha256 = "0000000000000000000000000000000000000000000000000000000000000000"
    }
  }
}
