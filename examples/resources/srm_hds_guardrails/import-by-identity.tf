import {
  to = srm_hds_guardrails.records
  identity = {
    id = "00112233-4455-4677-8899-aabbccddeeff"
  }
}
