# By id with region, or by UUID alone: pools of health data clusters are in fr-par.
terraform import srm_hds_pool.workers fr-par/00112233-4455-4677-8899-aabbccddeeff
