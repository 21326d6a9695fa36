data "srm_contract_signatures" "all" {}

# Values for type and name of the provider's hds_contract.
output "signed_contracts" {
  value = [
    for s in data.srm_contract_signatures.all.signatures :
    { type = s.contract_type, name = s.contract_name, signed_at = s.signed_at } if s.signed_at != null
  ]
}
