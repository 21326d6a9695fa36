# By the cluster's region and UUID, or by the UUID alone.
terraform import srm_hds_guardrails.records fr-par/00112233-4455-4677-8899-aabbccddeeff
