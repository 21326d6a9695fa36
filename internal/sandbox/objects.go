package sandbox

// objects holds all collections of the sandbox. Each object has its own file.
type objects struct {
	clusters           *collection[cluster]
	pools              *collection[pool]
	nodes              *collection[node]
	versions           *collection[version]
	clusterTypes       *collection[clusterType]
	vpcs               *collection[vpcNetwork]
	privateNetworks    *collection[privateNetwork]
	vpcACLs            *collection[vpcACL]
	vpcRoutes          *collection[vpcRoute]
	vpcConnectors      *collection[vpcConnector]
	ingressRules       *collection[ingressRule]
	gateways           *collection[gateway]
	gatewayNetworks    *collection[gatewayNetwork]
	gatewayIPs         *collection[gatewayIP]
	patRules           *collection[patRule]
	ips                *collection[ipamIP]
	securityGroups     *collection[securityGroup]
	placementGroups    *collection[placementGroup]
	servers            *collection[server]
	instanceVolumes    *collection[instanceVolume]
	instanceSnapshots  *collection[instanceSnapshot]
	instanceIPs        *collection[instanceIP]
	instanceImages     *collection[instanceImage]
	projects           *collection[project]
	contractSignatures *collection[contractSignature]
	apiKeys            *collection[apiKey]
	users              *collection[user]
	organizations      *collection[organization]
	samls              *collection[saml]
	samlCertificates   *collection[samlCertificate]
	scims              *collection[scim]
	scimTokens         *collection[scimToken]
	sshKeys            *collection[sshKey]
	iamLogs            *collection[iamLog]
	quota              *collection[quotum]
	kmsKeys            *collection[kmsKey]
	secrets            *collection[managedSecret]
	registryNamespaces *collection[registryNamespace]
	registryImages     *collection[registryImage]
	registryTags       *collection[registryTag]
	rdbInstances       *collection[rdbInstance]
	rdbBackups         *collection[rdbBackup]
	rdbSnapshots       *collection[rdbSnapshot]
	applications       *collection[application]
	groups             *collection[group]
	policies           *collection[policy]
	products           *collection[product]
	volumes            *collection[volume]
	deletedVolumes     *collection[volume]
	snapshots          *collection[snapshot]
	deletedSnapshots   *collection[snapshot]
	fileSystems        *collection[fileSystem]
	fileAttachments    *collection[fileAttachment]
	balancers          *collection[balancer]
	balancerIPs        *collection[balancerIP]
	cockpitSources     *collection[cockpitSource]
	cockpitExporters   *collection[cockpitExporter]
	cockpitTokens      *collection[cockpitToken]
	cockpitPlans       *collection[cockpitPlan]
	alertManagers      *collection[alertManager]
	grafanaUsers       *collection[grafanaUser]
	auditMethods       *collection[auditMethod]
	auditEvents        *collection[auditEvent]
	authEvents         *collection[authEvent]
	systemEvents       *collection[systemEvent]
	exportJobs         *collection[exportJob]
	auditRules         *collection[auditRule]
	lbBackends         *collection[lbBackend]
	lbFrontends        *collection[lbFrontend]
	lbACLs             *collection[lbACL]
	lbRoutes           *collection[lbRoute]
	lbCertificates     *collection[lbCertificate]
	lbPrivateNetworks  *collection[lbPrivateNetwork]
	lbSubscribers      *collection[lbSubscriber]
	vpnGateways        *collection[vpnGateway]
	vpnConnections     *collection[vpnConnection]
	customerGateways   *collection[customerGateway]
	routingPolicies    *collection[routingPolicy]
}

// newObjects returns the collections, and registers them in kinds under the names of
// `/_sandbox/objects/{kind}/{id}`.
func newObjects(kinds map[string]anyCollection) objects {
	o := objects{
		clusters:           newCollection[cluster](),
		pools:              newCollection[pool](),
		nodes:              newCollection[node](),
		versions:           newVersions(),
		clusterTypes:       newClusterTypes(),
		vpcs:               newCollection[vpcNetwork](),
		privateNetworks:    newCollection[privateNetwork](),
		vpcACLs:            newCollection[vpcACL](),
		vpcRoutes:          newCollection[vpcRoute](),
		vpcConnectors:      newCollection[vpcConnector](),
		ingressRules:       newCollection[ingressRule](),
		gateways:           newCollection[gateway](),
		gatewayNetworks:    newCollection[gatewayNetwork](),
		gatewayIPs:         newCollection[gatewayIP](),
		patRules:           newCollection[patRule](),
		ips:                newCollection[ipamIP](),
		securityGroups:     newCollection[securityGroup](),
		placementGroups:    newCollection[placementGroup](),
		servers:            newCollection[server](),
		instanceVolumes:    newCollection[instanceVolume](),
		instanceSnapshots:  newCollection[instanceSnapshot](),
		instanceIPs:        newCollection[instanceIP](),
		instanceImages:     newCollection[instanceImage](),
		projects:           newCollection[project](),
		contractSignatures: newCollection[contractSignature](),
		apiKeys:            newCollection[apiKey](),
		users:              newCollection[user](),
		organizations:      newCollection[organization](),
		samls:              newCollection[saml](),
		samlCertificates:   newCollection[samlCertificate](),
		scims:              newCollection[scim](),
		scimTokens:         newCollection[scimToken](),
		sshKeys:            newCollection[sshKey](),
		iamLogs:            newCollection[iamLog](),
		quota:              newQuota(),
		kmsKeys:            newCollection[kmsKey](),
		secrets:            newCollection[managedSecret](),
		registryNamespaces: newCollection[registryNamespace](),
		registryImages:     newCollection[registryImage](),
		registryTags:       newCollection[registryTag](),
		rdbInstances:       newCollection[rdbInstance](),
		rdbBackups:         newCollection[rdbBackup](),
		rdbSnapshots:       newCollection[rdbSnapshot](),
		applications:       newCollection[application](),
		groups:             newCollection[group](),
		policies:           newCollection[policy](),
		products:           newProducts(),
		volumes:            newCollection[volume](),
		deletedVolumes:     newCollection[volume](),
		snapshots:          newCollection[snapshot](),
		deletedSnapshots:   newCollection[snapshot](),
		fileSystems:        newCollection[fileSystem](),
		fileAttachments:    newCollection[fileAttachment](),
		balancers:          newCollection[balancer](),
		balancerIPs:        newCollection[balancerIP](),
		cockpitSources:     newCollection[cockpitSource](),
		cockpitExporters:   newCollection[cockpitExporter](),
		cockpitTokens:      newCollection[cockpitToken](),
		cockpitPlans:       newCollection[cockpitPlan](),
		alertManagers:      newCollection[alertManager](),
		grafanaUsers:       newCollection[grafanaUser](),
		auditMethods:       newAuditMethods(),
		auditEvents:        newCollection[auditEvent](),
		authEvents:         newCollection[authEvent](),
		systemEvents:       newCollection[systemEvent](),
		exportJobs:         newCollection[exportJob](),
		auditRules:         newAuditRules(),
		lbBackends:         newCollection[lbBackend](),
		lbFrontends:        newCollection[lbFrontend](),
		lbACLs:             newCollection[lbACL](),
		lbRoutes:           newCollection[lbRoute](),
		lbCertificates:     newCollection[lbCertificate](),
		lbPrivateNetworks:  newCollection[lbPrivateNetwork](),
		lbSubscribers:      newCollection[lbSubscriber](),
		vpnGateways:        newCollection[vpnGateway](),
		vpnConnections:     newCollection[vpnConnection](),
		customerGateways:   newCollection[customerGateway](),
		routingPolicies:    newCollection[routingPolicy](),
	}
	kinds["clusters"] = o.clusters
	kinds["pools"] = o.pools
	kinds["nodes"] = o.nodes
	kinds["versions"] = o.versions
	kinds["cluster-types"] = o.clusterTypes
	kinds["vpcs"] = o.vpcs
	kinds["private-networks"] = o.privateNetworks
	kinds["vpc-acls"] = o.vpcACLs
	kinds["vpc-routes"] = o.vpcRoutes
	kinds["vpc-connectors"] = o.vpcConnectors
	kinds["ingress-rules"] = o.ingressRules
	kinds["gateways"] = o.gateways
	kinds["gateway-networks"] = o.gatewayNetworks
	kinds["gateway-ips"] = o.gatewayIPs
	kinds["pat-rules"] = o.patRules
	kinds["ips"] = o.ips
	kinds["security-groups"] = o.securityGroups
	kinds["placement-groups"] = o.placementGroups
	kinds["servers"] = o.servers
	kinds["instance-volumes"] = o.instanceVolumes
	kinds["instance-snapshots"] = o.instanceSnapshots
	kinds["instance-ips"] = o.instanceIPs
	kinds["instance-images"] = o.instanceImages
	kinds["projects"] = o.projects
	kinds["contract-signatures"] = o.contractSignatures
	kinds["api-keys"] = o.apiKeys
	kinds["users"] = o.users
	kinds["organizations"] = o.organizations
	kinds["saml"] = o.samls
	kinds["saml-certificates"] = o.samlCertificates
	kinds["scim"] = o.scims
	kinds["scim-tokens"] = o.scimTokens
	kinds["ssh-keys"] = o.sshKeys
	kinds["iam-logs"] = o.iamLogs
	kinds["quota"] = o.quota
	kinds["kms-keys"] = o.kmsKeys
	kinds["secrets"] = o.secrets
	kinds["registry-namespaces"] = o.registryNamespaces
	kinds["registry-images"] = o.registryImages
	kinds["registry-tags"] = o.registryTags
	kinds["databases"] = o.rdbInstances
	kinds["database-backups"] = o.rdbBackups
	kinds["database-snapshots"] = o.rdbSnapshots
	kinds["applications"] = o.applications
	kinds["groups"] = o.groups
	kinds["policies"] = o.policies
	kinds["products"] = o.products
	kinds["volumes"] = o.volumes
	kinds["snapshots"] = o.snapshots
	kinds["file-systems"] = o.fileSystems
	kinds["file-attachments"] = o.fileAttachments
	kinds["load-balancers"] = o.balancers
	kinds["load-balancer-ips"] = o.balancerIPs
	kinds["cockpit-data-sources"] = o.cockpitSources
	kinds["cockpit-exporters"] = o.cockpitExporters
	kinds["cockpit-tokens"] = o.cockpitTokens
	kinds["cockpit-plans"] = o.cockpitPlans
	kinds["alert-managers"] = o.alertManagers
	kinds["grafana-users"] = o.grafanaUsers
	kinds["audit-events"] = o.auditEvents
	kinds["authentication-events"] = o.authEvents
	kinds["system-events"] = o.systemEvents
	kinds["export-jobs"] = o.exportJobs
	kinds["audit-trail-alert-rules"] = o.auditRules
	kinds["lb-backends"] = o.lbBackends
	kinds["lb-frontends"] = o.lbFrontends
	kinds["lb-acls"] = o.lbACLs
	kinds["lb-routes"] = o.lbRoutes
	kinds["lb-certificates"] = o.lbCertificates
	kinds["lb-private-networks"] = o.lbPrivateNetworks
	kinds["lb-subscribers"] = o.lbSubscribers
	kinds["vpn-gateways"] = o.vpnGateways
	kinds["vpn-connections"] = o.vpnConnections
	kinds["vpn-customer-gateways"] = o.customerGateways
	kinds["vpn-routing-policies"] = o.routingPolicies
	return o
}
