# By id with region, or by UUID alone: pools of health data clusters are in fr-par.
terraform import srm_hds_pool.workers fr-par/11111111-1111-1111-1111-111111111111
