# By region and UUID, or by UUID only: the export job is in fr-par.
terraform import srm_audit_trail_export.records fr-par/00112233-4455-4677-8899-aabbccddeeff
