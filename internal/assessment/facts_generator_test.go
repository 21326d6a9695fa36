package assessment

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// generator builds random facts and options. It fills structs by reflection, so that new facts are covered, too.
type generator struct {
	random *rand.Rand
	bias   float64 // Probability of the first value of a pool, which is the one without a deviation.
	item   int     // Index in the list that is filled: ids are unique in a list, and references find them.
}

// pools returns the values of fields, by "Type.Field" or "Field". The first value is the one without a deviation.
func pools() map[string][]string {
	numbered := func(prefix string) []string {
		all := []string{}
		for i := range 4 {
			all = append(all, fmt.Sprintf("%s-%d", prefix, i))
		}
		return all
	}
	namespaces := []string{"shop", "kube-system", "velero", "default", "test"}
	versions := []string{"1.36.5", "1.36.1", "1.35.9", "1.31.2", "x"}
	return map[string][]string{
		"Cluster.Type":      {"kapsule-dedicated-8", "kapsule", "multicloud", "multicloud-dedicated-4"},
		"Cluster.Status":    {"ready", "updating"},
		"CNI":               {"cilium", "calico", "none", "kilo", "cilium_native"},
		"Cluster.ProjectID": {projectID},
		"Region":            {"fr-par", "nl-ams", "pl-waw"},
		"Locality": {
			"fr-par",
			"fr-par-1",
			"nl-ams",
			"nl-ams-1",
		},
		"Zone":           {"fr-par-1", "fr-par-2", "nl-ams-1", "fr-par-9"},
		"ServerZone":     {"fr-par-1", "fr-par-2", ""},
		"Version":        versions,
		"KubeletVersion": versions,
		"Offered":        {"1.36.5", "1.35.9", "1.37.1"},
		"Pool.Status":    {"ready", "scaling", "upgrading"},
		"NodeType": {
			"POP2-4C-16G",
			"DEV1-M",
			"GP1-S",
			"NEW-1",
		},
		"RootVolumeType":  {"sbs_5k", "b_ssd", "l_ssd", "sbs_15k"},
		"SecurityGroupID": append(numbered("securitygroup"), ""),
		"Node.Status":     {"ready", "creating"},
		"PoolID":          numbered("pool"),
		"PoolIDs":         numbered("pool"),
		"PublicIPv4":      {"", "203.0.113.7"},
		"PublicIPv6": {
			"",
			"2001:db8::7",
		},
		"AllowRange.IP":    {"203.0.113.0/24", "0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1", ""},
		"UserDataKeys":     {"cloud-init"},
		"KubeletArgs":      {"max-pods"},
		"FeatureGates":     {"HPAScaleToZero"},
		"AdmissionPlugins": {"PodNodeSelector"},
		"ProjectID":        {projectID, "other"},
		"PrivateNetworkID": {"pn-1", ""},
		"Resource.Kind":    {"cluster", "volume", "snapshot", "database", "instance", "private_network", "registry"},
		"Resource.Name":    {"pvc-1", "default", "other"},
		"Resource.Type":    {"kapsule-dedicated-8", "kapsule", ""},
		"DefaultPolicyIPv4": {
			"drop",
			"accept",
		},
		"DefaultPolicyIPv6": {"drop", "accept"},
		"ACLRule.Action":    {"drop", "accept"},
		"Source":            {"10.0.0.0/8", "0.0.0.0/0"},
		"Destination":       {"10.0.0.0/8", "0.0.0.0/0"},
		"Subnets":           {"172.16.0.0/22"},
		"Address":           {"172.16.0.5/22", "172.16.0.6/22"},
		"ResourceType":      {"k8s_node", "lb_server", "vpc_gateway", "rdb_instance", "instance_private_nic"},
		"ResourceName":      numbered("node"),
		"ResourceID":        numbered("server"),
		"ServerID":          numbered("server"),
		"Route.Type": {
			"subnet",
			"default",
			"custom",
		},
		"NextHopType":                {"vpc_gateway_network", "vpc_connector", "interlink"},
		"Connector.Status":           {"peered", "orphan"},
		"TargetOrganizationID":       {"org-1", "org-2", ""},
		"OrganizationID":             {"org-1"},
		"BastionAllowedIPs":          {"203.0.113.7/32", "0.0.0.0/0"},
		"PrivateIP":                  {"172.16.0.5"},
		"InboundPolicy":              {"drop", "accept"},
		"Direction":                  {"inbound", "outbound"},
		"SecurityGroupRule.Action":   {"drop", "accept"},
		"SecurityGroupRule.Protocol": {"TCP", "UDP", "ICMP", "ANY"},
		"IPRange":                    {"10.0.0.0/8", "0.0.0.0/0", "::/0"},
		"PublicIPs":                  {"203.0.113.9"},
		"LoadBalancer.Status":        {"ready", "error"},
		"SSLCompatibility": {
			"ssl_compatibility_level_intermediate", "ssl_compatibility_level_modern", "ssl_compatibility_level_old",
		},
		"ClusterID":            {clusterUUID, "", "other"},
		"ServiceUID":           append(numbered("service"), ""),
		"BackendID":            numbered("lbbackend"),
		"CertificateIDs":       numbered("lbcertificate"),
		"LBACL.Action":         {"redirect", "allow", "deny"},
		"ForwardProtocol":      {"http", "tcp"},
		"LBCertificate.Type":   {"letsencryt", "custom"},
		"LBCertificate.Status": {"ready", "error", "pending"},
		"Class":                {"sbs", "b_ssd", ""},
		"KMSKeyID":             {"key-1", ""},
		"Volume.Status":        {"in_use", "available"},
		"Engine": {
			"PostgreSQL-16",
		},
		"PrivateNetworks":     {"pn-1"},
		"DatabaseACLEntry.IP": {"203.0.113.7/32", "0.0.0.0/0"},
		"Endpoint":            {"rg.fr-par.scw.cloud/shop", "rg.nl-ams.scw.cloud/shop"},
		"CockpitSource.Type":  {"logs", "metrics"},
		"Origin": {
			"scaleway",
			"custom",
		},
		"Namespace":               namespaces,
		"Namespaces":              namespaces,
		"SecretNamespace":         {"srm-system"},
		"Role.Namespace":          {"", "shop"},
		"RoleBinding.Namespace":   {"", "shop", "kube-system"},
		"NetworkPolicy.Namespace": append(slices.Clone(namespaces), ""),
		"TLSNamespaces":           namespaces,
		"Workload.Kind":           {"Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Pod"},
		"Images": {
			"rg.fr-par.scw.cloud/shop/web:1.2",
			"nginx:latest",
			"gcr.io/datadoghq/agent:7.50.0",
			"velero/velero:v1.16.2",
		},
		"PodVolume.Type": {
			"emptyDir",
			"nfs",
			"hostPath",
			"csi",
			"iscsi",
		},
		"Detail":                  {"Memory", "", "/var/log", "10.0.0.1:/x"},
		"Driver":                  {csiDriver, "nfs", "filestorage.csi.scaleway.com"},
		"Encrypted":               {"true", "false", "True"},
		"PersistentVolume.Handle": numbered("fr-par-1/volume"),
		"StorageClass":            {"scw-bssd-enc", "sbs-default"},
		"Claim":                   numbered("shop/claim"),
		"Phase":                   {"Bound", "Released", "Failed", "Pending"},
		"VolumeName":              numbered("persistentvolume"),
		"Provisioner":             {csiDriver, "nfs"},
		"Service.Type":            {"ClusterIP", "LoadBalancer", "NodePort"},
		"ExternalIPs":             {"203.0.113.5"},
		"LoadBalancerID": numbered(
			"fr-par-1/loadbalancer",
		),
		"TLSPassthrough":  {"", "declared"},
		"EncryptedSource": {"", "x"},
		"Hosts":           {"shop.example.org", "", "api.example.org"},
		"SecretName":      {"tls", ""},
		"Controller": {
			"k8s.io/ingress-nginx", "traefik.io/ingress-controller",
		},
		"GatewayListener.Protocol": {"HTTPS", "HTTP", "TLS"},
		"Verbs":                    {"get", "*", "list", "create"},
		"Resources":                {"configmaps", "secrets", "*", "pods", "pods/exec"},
		"APIGroups":                {"", "*", "apps"},
		"RoleKind":                 {"ClusterRole", "Role"},
		"RoleName":                 {"view", "cluster-admin", "role-1", "role-2"},
		"RoleSubject.Kind":         {"ServiceAccount", "User", "Group"},
		"RoleSubject.Name":         {"velero", "default", "system:masters", "system:authenticated", "jane"},
		"NetworkPolicy.Kind":       {"NetworkPolicy", "CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy"},
		"Actions":                  {"Deny", "Warn", "Audit"},
		"FailurePolicy":            {"Fail", "Ignore"},
		"Webhook.Kind":             {"ValidatingWebhookConfiguration"},
		"Service":                  {"velero/webhook"},
		"Group":                    {"cert-manager.io", "velero.io", "kyverno.io"},
		"Release":                  {"0.9.0", "0.8.0"},
		"Digest":                   {"sha256:ab", "sha256:cd"},
		"Altered":                  {"a"},
		"Loosened":                 {"a"},
		"Policies":                 {"a"},

		"User.Type":              {"member", "owner", "guest"},
		"User.Status":            {"activated", "invitation_pending"},
		"AccountRootUserID":      {"", "user-0"},
		"UserIDs":                numbered("user"),
		"ApplicationIDs":         numbered("application"),
		"Policy.UserID":          append(numbered("user"), ""),
		"Policy.GroupID":         append(numbered("group"), ""),
		"Policy.ApplicationID":   append(numbered("application"), ""),
		"PermissionSets":         {"KubernetesReadOnly", "AllProductsFullAccess", "IAMManager", systemMasters},
		"ProjectIDs":             {projectID, "other"},
		"Condition":              {"", "1 == 1"},
		"AccessKey":              numbered("SCW"),
		"APIKey.UserID":          append(numbered("user"), "", ""),
		"APIKey.ApplicationID":   append(numbered("application"), ""),
		"LastStatus":             {"success", "failure"},
		"AlertRule.Status":       {"enabled", "disabled", "enabling"},
		"ContractSignature.Type": {"global", "other"},
		"ContractSignature.Name": {"hds", "other"},
		"Snapshot.Status":        {"available", "creating", "error"},
		"VolumeID":               append(numbered("volume"), ""),
		"SnapshotContent.Driver": {csiDriver, "other"},
		"SnapshotContent.Handle": numbered("fr-par-1/snapshot"),
		"DeletionPolicy":         {"Retain", "Delete"},
		"BackupLocation.Kind":    {"BackupStorageLocation", "VolumeSnapshotLocation", "Cluster"},
		"Provider":               {"velero.io/aws", "csi", "azure", "s3", "other"},
		"BackupLocation.Endpoint": {
			"https://s3.fr-par.scw.cloud",
			"https://s3.nl-ams.scw.cloud",
			"https://s3.amazonaws.com",
			"http://minio:9000",
			"",
		},
		"Tool":           {ToolVelero, ToolCloudNativePG, ToolK8up, ToolSnapshots},
		"BackupJob.Kind": {"Schedule", "ScheduledBackup", "Backup"},
		"Schedule":       {"0 2 * * *", "@weekly", ""},
	}
}

// Ids of the generated cluster.
const (
	clusterUUID = "11111111-1111-4111-8111-111111111111"
	projectID   = "22222222-2222-4222-8222-222222222222"
)

// chance returns true with a probability.
func (g *generator) chance(p float64) bool { return g.random.Float64() < p }

// pick returns a value of a pool: the first one with the probability of the bias.
func (g *generator) pick(pool []string) string {
	if g.chance(g.bias) {
		return pool[0]
	}
	return pool[g.random.IntN(len(pool))]
}

// text returns a text for a field of a struct.
func (g *generator) text(owner reflect.Type, field string, all map[string][]string) string {
	prefix := strings.ToLower(owner.Name())
	if owner.Name() == "Namespace" && field == "Name" || owner.Name() == "PodCount" && field == "Namespace" {
		return all["Namespace"][g.item]
	}
	switch field {
	case "ID", "UID", "Name":
		if pool, ok := all[owner.Name()+"."+field]; ok {
			return g.pick(pool)
		}
		return fmt.Sprintf("%s-%d", prefix, g.item)
	}
	for _, key := range []string{owner.Name() + "." + field, field} {
		if pool, ok := all[key]; ok {
			return g.pick(pool)
		}
	}
	return g.pick([]string{"", "a", "b"})
}

// moment returns a time before or after the facts were read.
func (g *generator) moment() time.Time {
	minutes := []int{1440 * 20, 5, 1440 * 45, 1440 * 120, 1440 * 500, -1440 * 10, -1440 * 100, -1440 * 300}
	offset := minutes[0]
	if !g.chance(g.bias) {
		offset = minutes[g.random.IntN(len(minutes))]
	}
	return now().Add(-time.Duration(offset) * time.Minute)
}

// isCollection and isFact recognise the generic types.
func isCollection(t reflect.Type) bool { return strings.HasPrefix(t.Name(), "Collection[") }
func isFact(t reflect.Type) bool       { return strings.HasPrefix(t.Name(), "Fact[") }

// gap returns a reason why facts are missing.
func (g *generator) gap() *Gap {
	reasons := []Reason{Forbidden, Unreachable, TooMany, NotAsked}
	return &Gap{Reason: reasons[g.random.IntN(len(reasons))], Needs: "x"}
}

// fill sets a value at random. owner and field say where it is.
func (g *generator) fill(v reflect.Value, owner reflect.Type, field string, all map[string][]string) {
	switch t := v.Type(); {
	case t == reflect.TypeFor[time.Time]():
		v.Set(reflect.ValueOf(g.moment()))
	case isCollection(t):
		g.fill(v.FieldByName("Items"), owner, field, all)
		v.FieldByName("Source").SetString("GET " + field)
		if g.chance(max(g.bias, 0.7)) {
			v.FieldByName("Complete").SetBool(true)
		} else {
			v.FieldByName("Gap").Set(reflect.ValueOf(g.gap()))
		}
	case isFact(t):
		if g.chance(max(g.bias, 0.8)) {
			value := v.FieldByName("Value")
			value.Set(reflect.New(value.Type().Elem()))
			g.fill(value.Elem(), owner, field, all)
		} else {
			v.FieldByName("Gap").Set(reflect.ValueOf(g.gap()))
		}
	case t.Kind() == reflect.Struct:
		for i := range t.NumField() {
			if t.Field(i).IsExported() {
				g.fill(v.Field(i), t, t.Field(i).Name, all)
			}
		}
	case t.Kind() == reflect.Pointer:
		if g.chance(max(g.bias, 0.8)) {
			v.Set(reflect.New(t.Elem()))
			if t.Elem().Kind() == reflect.Slice {
				// A pointer to a list that is nil would be stored as null, which is a fact that was not read.
				v.Elem().Set(reflect.MakeSlice(t.Elem(), 0, 4))
			}
			g.fill(v.Elem(), owner, field, all)
		}
	case t.Kind() == reflect.Slice:
		g.fillSlice(v, owner, field, all)
	case t.Kind() == reflect.Map:
		g.fillMap(v, owner, field, all)
	case t.Kind() == reflect.String:
		v.SetString(g.text(owner, field, all))
	case t.Kind() == reflect.Bool:
		// Of most facts with two values, one is good and the other is not; which one is not known here.
		v.SetBool(g.chance(0.5))
	case t.Kind() == reflect.Int:
		numbers := []int64{443, 0, 1, 22, 80, 30000, 400}
		v.SetInt(numbers[g.random.IntN(len(numbers))])
	}
}

// fillSlice sets a list of 0 to 4 items. Texts are not repeated.
func (g *generator) fillSlice(v reflect.Value, owner reflect.Type, field string, all map[string][]string) {
	outer := g.item
	defer func() { g.item = outer }()
	for i := range g.random.IntN(5) {
		g.item = i
		item := reflect.New(v.Type().Elem()).Elem()
		g.fill(item, owner, field, all)
		if item.Kind() == reflect.String && containsValue(v, item) {
			continue
		}
		v.Set(reflect.Append(v, item))
	}
}

// fillMap sets a map of labels or of versions.
func (g *generator) fillMap(v reflect.Value, owner reflect.Type, field string, all map[string][]string) {
	v.Set(reflect.MakeMap(v.Type()))
	if v.Type().Elem().Kind() == reflect.String {
		for _, label := range [][]string{
			{"pod-security.kubernetes.io/enforce", "restricted", "baseline", "privileged"}, {"app", "web", "db"},
		} {
			if g.chance(max(g.bias, 0.5)) {
				v.SetMapIndex(reflect.ValueOf(label[0]), reflect.ValueOf(g.pick(label[1:])))
			}
		}
		return
	}
	for _, key := range []string{"1.36", "1.35", "1.31"} {
		value := reflect.New(v.Type().Elem()).Elem()
		g.fill(value, owner, field, all)
		v.SetMapIndex(reflect.ValueOf(key), value)
	}
}

// containsValue reports whether a list contains a value.
func containsValue(list, value reflect.Value) bool {
	for i := range list.Len() {
		if list.Index(i).Equal(value) {
			return true
		}
	}
	return false
}

// facts returns random facts, of which lists may lack their anchors.
func (g *generator) facts() Facts {
	f := Facts{}
	g.fill(reflect.ValueOf(&f).Elem(), reflect.TypeFor[Facts](), "", pools())
	f.Format, f.ReadAt, f.ClusterID, f.Project.ID = FactsFormat, now(), "fr-par/"+clusterUUID, projectID
	if f.Cluster.Value != nil {
		f.Cluster.Value.ID = clusterUUID
	}
	// Lists of lists have no source otherwise, and one per product.
	for i := range f.Project.Neighbours {
		f.Project.Neighbours[i].Source = fmt.Sprintf("GET neighbours %d", i)
	}
	return f
}

// addAnchors adds the objects that other facts prove to exist.
func addAnchors(f *Facts) {
	in := &f.InCluster
	addOtherRegions(f)
	addSnapshotAnchors(f)
	f.Nodes.Items = slices.DeleteFunc(f.Nodes.Items, func(n Node) bool { // Nodes prove that their pools exist.
		return !slices.ContainsFunc(f.Pools.Items, func(p Pool) bool { return p.ID == n.PoolID })
	})
	for _, p := range f.Pools.Items {
		if !slices.ContainsFunc(f.Nodes.Items, func(n Node) bool { return n.PoolID == p.ID }) {
			name := "node-of-" + p.ID
			f.Nodes.Items = append(f.Nodes.Items, Node{
				ID:         name,
				Name:       name,
				PoolID:     p.ID,
				Status:     "ready",
				CreatedAt:  ptr(now().AddDate(0, 0, -3)),
				PublicIPv4: ptr(""),
				PublicIPv6: ptr(""),
				ServerZone: "fr-par-1",
				ServerID:   "server-of-" + p.ID,
			})
		}
	}
	for _, n := range f.Nodes.Items {
		f.Project.IPs.Items = append(f.Project.IPs.Items, NetworkIP{
			ID: "ip-of-" + n.ID, Address: "172.16.1.1/22", ProjectID: projectID, ResourceType: ptr("k8s_node"),
			ResourceID: n.ServerID, ResourceName: n.Name, CreatedAt: n.CreatedAt,
		})
	}
	add := func(namespace, name string) {
		in.Services.Items = append(
			in.Services.Items,
			Service{Namespace: namespace, Name: name, UID: name, Type: "ClusterIP"},
		)
	}
	add("default", "kubernetes")
	if !slices.ContainsFunc(in.Namespaces.Items, func(n Namespace) bool { return n.Name == "kube-system" }) {
		in.Namespaces.Items = append(in.Namespaces.Items, Namespace{Name: "kube-system"})
	}
	in.Roles.Items = append(in.Roles.Items, Role{Name: "cluster-admin", Rules: []RoleRule{{
		Verbs: []string{"*"}, APIGroups: []string{"*"}, Resources: []string{"*"},
	}}})
	for i, s := range in.Services.Items {
		if s.Type != "LoadBalancer" {
			in.Services.Items[i].LoadBalancerID = ""
			continue
		}
		id := s.LoadBalancerID[strings.LastIndexByte(s.LoadBalancerID, '/')+1:]
		if !slices.ContainsFunc(f.Project.LoadBalancers.Items, func(l LoadBalancer) bool { return l.ID == id }) {
			f.Project.LoadBalancers.Items = append(f.Project.LoadBalancers.Items, LoadBalancer{
				ID: id, Name: clusterUUID + "_" + s.UID, Zone: "fr-par-1", Status: "ready", ClusterID: clusterUUID,
				ServiceUID: s.UID,
			})
		}
	}
	for _, c := range in.Claims.Items {
		if !slices.ContainsFunc(in.Volumes.Items, func(v PersistentVolume) bool { return v.Name == c.VolumeName }) {
			in.Volumes.Items = append(in.Volumes.Items, PersistentVolume{
				Name:      c.VolumeName,
				Driver:    csiDriver,
				Handle:    "fr-par-1/" + c.VolumeName,
				Encrypted: ptr("true"),
				Phase:     "Bound",
			})
		}
	}
	for _, v := range in.Volumes.Items {
		id := v.Handle[strings.LastIndexByte(v.Handle, '/')+1:]
		if !slices.ContainsFunc(f.Project.Volumes.Items, func(b Volume) bool { return b.ID == id }) {
			f.Project.Volumes.Items = append(f.Project.Volumes.Items, Volume{
				ID: id, Name: "pvc-" + id, Zone: "fr-par-1", Class: ptr("sbs"), IsCSI: true,
			})
		}
	}
}

// addOtherRegions adds the lists of resources in other regions that the facts lack.
func addOtherRegions(f *Facts) {
	for _, region := range outsideRegions() {
		for _, kind := range []string{KindVolume, KindSnapshot, KindLoadBalancer, KindGateway} {
			if !slices.ContainsFunc(f.Project.OtherRegions, func(l ResourceList) bool {
				return l.Region == region && l.Kind == kind
			}) {
				f.Project.OtherRegions = append(f.Project.OtherRegions, ResourceList{
					Kind: kind, Region: region, Collection: Read[Resource](kind, nil),
				})
			}
		}
	}
}

// addSnapshotAnchors adds the snapshots that VolumeSnapshotContents prove to exist.
func addSnapshotAnchors(f *Facts) {
	for _, c := range f.InCluster.SnapshotContents.Items {
		if !slices.ContainsFunc(f.Project.Snapshots.Items, func(s Snapshot) bool { return s.ID == c.snapshotID() }) {
			f.Project.Snapshots.Items = append(f.Project.Snapshots.Items, Snapshot{
				ID: c.snapshotID(), Zone: "fr-par-1", Status: "available", Public: ptr(false),
				CreatedAt: ptr(now().AddDate(0, 0, -1)),
			})
		}
	}
}

// options returns random options. attestations are valid ones of every kind, of which it changes dates and results.
func (g *generator) options(attestations []Attestation) Options {
	o := Options{AsOf: now().AddDate(0, 0, g.random.IntN(3)*20), HDS: g.chance(0.6), Layers: Layers()}
	if g.chance(0.1) {
		o.Layers = []string{LayerAPI}
	}
	if g.chance(0.1) {
		o.Skip = []string{"cluster_region", "node_age"}
	}
	accept := func(ids ...string) map[string]Acceptance {
		all := map[string]Acceptance{}
		for _, id := range ids {
			if g.chance(0.4) {
				all[id] = Acceptance{Reason: "known", ReviewedOn: "2026-11-01"}
			}
		}
		return all
	}
	o.Inputs = Inputs{
		ExpectedNeighbours: accept("server-0", "networkip-1"), ExpectedPublic: accept("fr-par-1/loadbalancer-0"),
		ExpectedNodePorts:     accept("Service/shop/service-0", "Deployment/shop/workload-1"),
		ExpectedClusterAdmins: accept("User:jane", "system:serviceaccount:velero:velero"),
	}
	if g.chance(0.3) {
		o.Inputs.HealthDataNamespaces = []string{"shop", "test"}
	}
	if g.chance(0.3) {
		o.Inputs.MaxNodeAgeDays, o.Inputs.MaxNodeAgeReason = 60, "agreed"
	}
	if g.chance(0.3) {
		o.Inputs.ApprovedRegistries = []string{"rg.fr-par.scw.cloud/shop", "docker.io"}
	}
	for _, a := range attestations {
		for n := range g.random.IntN(3) {
			one := a
			one.ID = fmt.Sprintf("%s-%d", a.Kind, n)
			one.PerformedOn = now().Truncate(24*time.Hour).AddDate(0, 0, -g.random.IntN(300)+10)
			one.Until = one.PerformedOn.AddDate(0, 0, g.random.IntN(365))
			one.Scope = g.pick(
				[]string{"fr-par/" + clusterUUID, ScopeOrganization, ProjectScope(projectID), "fr-par/x"},
			)
			one.Result = g.pick([]string{ResultSuccess, ResultPartial, ResultFailed})
			o.Attestations = append(o.Attestations, one)
		}
	}
	return o
}

// sample is one set of facts and options.
type sample struct {
	seed uint64
	// hasAnchors reports whether lists have the anchors that prove them complete.
	hasAnchors bool

	g       *generator
	facts   Facts
	options Options
}

// sampleCount is the number of samples of a property.
const sampleCount = 24

// samples returns sets of facts and options. Half of them are mostly without deviations.
func samples(t *testing.T) []sample {
	t.Helper()
	attestations := goodAttestations(t)
	all := []sample{}
	for seed := range uint64(sampleCount) {
		g := &generator{random: rand.New(rand.NewPCG(2026, seed)), bias: []float64{0.3, 1, 0.9, 0.6}[seed%4]}
		s := sample{seed: seed, g: g, facts: g.facts(), options: g.options(attestations), hasAnchors: g.chance(0.8)}
		if s.hasAnchors {
			addAnchors(&s.facts)
		}
		if g.chance(0.3) {
			earlier := s.options
			earlier.AsOf = earlier.AsOf.AddDate(0, 0, -40)
			baseline := Evaluate(g.facts(), earlier)
			s.options.Baseline = &baseline
		}
		all = append(all, s)
	}
	return all
}
