import {
  to = srm_audit_trail_export.records
  identity = {
    id = "00112233-4455-4677-8899-aabbccddeeff"
  }
}
