# The id of the guardrails, or the id of their cluster: fr-par/UUID or the UUID alone.
terraform import srm_hds_guardrails.records fr-par/00112233-4455-4677-8899-aabbccddeeff/guardrails
