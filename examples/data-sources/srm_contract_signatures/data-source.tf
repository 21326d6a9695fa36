data "srm_contract_signatures" "all" {}

# What hds_contract of the provider takes as type and name.
output "signed_contracts" {
  value = [
    for s in data.srm_contract_signatures.all.signatures :
    { type = s.contract_type, name = s.contract_name, signed_at = s.signed_at } if s.signed_at != null
  ]
}
