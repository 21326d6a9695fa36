package sandbox

import (
	"errors"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

func TestAllowList(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{})
	created, err := k.api.CreateCluster(k.clusterRequest("kapsule-dedicated-4"))
	if err != nil {
		t.Fatal(err)
	}
	rules := func() []*k8s.ACLRule {
		found, err := k.api.ListClusterACLRules(
			&k8s.ListClusterACLRulesRequest{ClusterID: created.ID}, scw.WithAllPages(),
		)
		if err != nil {
			t.Fatal(err)
		}
		return found.Rules
	}
	if open := rules(); len(open) != 2 || open[0].IP.String() != "0.0.0.0/0" || open[1].ScalewayRanges == nil {
		t.Errorf("allow-list of a new cluster: %+v, want 0.0.0.0/0 and the Scaleway ranges", open)
	}
	_, block, err := net.ParseCIDR("1.2.3.0/24")
	if err != nil {
		t.Fatal(err)
	}
	office, yes := &k8s.ACLRuleRequest{IP: &scw.IPNet{IPNet: *block}, Description: "office"}, true
	set := func(acls ...*k8s.ACLRuleRequest) error {
		_, err := k.api.SetClusterACLRules(&k8s.SetClusterACLRulesRequest{ClusterID: created.ID, ACLs: acls})
		return err
	}
	var transient *scw.TransientStateError
	if err := set(office); !errors.As(err, &transient) || transient.CurrentState != "creating" {
		t.Errorf("set while the cluster is creating: %v", err)
	}
	k.server.Advance(2 * time.Minute)
	if err := set(office); err != nil {
		t.Fatal(err)
	}
	if got := rules(); len(got) != 1 || got[0].IP.String() != "1.2.3.0/24" || got[0].Description != "office" ||
		got[0].Region != "" {
		t.Errorf("set: %+v", got)
	}
	ranges := &k8s.ACLRuleRequest{ScalewayRanges: &yes}
	if _, err := k.api.AddClusterACLRules(
		&k8s.AddClusterACLRulesRequest{ClusterID: created.ID, ACLs: []*k8s.ACLRuleRequest{ranges}},
	); err != nil {
		t.Fatal(err)
	}
	got := rules()
	if len(got) != 2 || got[1].ScalewayRanges == nil || got[1].IP != nil {
		t.Errorf("added: %+v", got)
	}
	var invalid *scw.InvalidArgumentsError
	for name, acls := range map[string][]*k8s.ACLRuleRequest{
		"neither": {{Description: "x"}}, "both": {{IP: office.IP, ScalewayRanges: &yes}}, "twice": {ranges, ranges},
	} {
		if err := set(acls...); !errors.As(err, &invalid) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := k.api.DeleteACLRule(&k8s.DeleteACLRuleRequest{ACLID: got[0].ID}); err != nil {
		t.Fatal(err)
	}
	if got := rules(); len(got) != 1 {
		t.Errorf("deleted: %+v", got)
	}
	if err := set(); err != nil || len(rules()) != 0 {
		t.Errorf("empty allow-list: %v, %d rules", err, len(rules()))
	}
}

func TestKubeconfig(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{})
	cluster := k.createCluster(k.clusterRequest("kapsule-dedicated-4"))
	config, err := k.api.GetClusterKubeConfig(&k8s.GetClusterKubeConfigRequest{ClusterID: cluster.ID})
	if err != nil {
		t.Fatal(err)
	}
	server, err := config.GetServer()
	if err != nil || server != cluster.ClusterURL {
		t.Errorf("server %s, %v; want %s", server, err, cluster.ClusterURL)
	}
	token, err := config.GetToken()
	if err != nil || token == "" {
		t.Errorf("token %q, %v", token, err)
	}
	if authority, err := config.GetCertificateAuthorityData(); err != nil || authority == "" {
		t.Errorf("authority %q, %v", authority, err)
	}
	yes := true
	redacted, err := k.api.GetClusterKubeConfig(&k8s.GetClusterKubeConfigRequest{ClusterID: cluster.ID, Redacted: &yes})
	if err != nil {
		t.Fatal(err)
	}
	if got, err := redacted.GetToken(); err != nil || got != "REDACTED_TOKEN" {
		t.Errorf("token of a redacted kubeconfig: %q, %v", got, err)
	}
	if err := k.api.ResetClusterAdminToken(&k8s.ResetClusterAdminTokenRequest{ClusterID: cluster.ID}); err != nil {
		t.Fatal(err)
	}
	again, err := k.api.GetClusterKubeConfig(&k8s.GetClusterKubeConfigRequest{ClusterID: cluster.ID})
	if err != nil || strings.Contains(string(again.GetRaw()), token) {
		t.Errorf("the kubeconfig after a reset has the old token, or failed: %v", err)
	}
}

func TestKubeconfigFromOptions(t *testing.T) {
	t.Parallel()
	shared := []byte(`apiVersion: v1
clusters:
- {name: local, cluster: {server: "https://127.0.0.1:6443"}}
contexts:
- {name: local, context: {cluster: local, user: admin}}
current-context: local
users:
- {name: admin, user: {token: shared}}
`)
	tokens := map[string]string{}
	for _, test := range []struct {
		name          string
		setAdminToken func(cluster, token string)
	}{
		{"shared credentials", nil},
		{"a token of the cluster", func(cluster, token string) { tokens[cluster] = token }},
	} {
		k := newK8sFixture(t, Options{Kubeconfig: shared, SetAdminToken: test.setAdminToken})
		cluster, yes := k.createCluster(k.clusterRequest("kapsule-dedicated-4")), true
		for _, redacted := range []*bool{nil, &yes} {
			got, err := k.api.GetClusterKubeConfig(
				&k8s.GetClusterKubeConfigRequest{ClusterID: cluster.ID, Redacted: redacted},
			)
			if err != nil {
				t.Fatal(err)
			}
			want := "shared"
			switch {
			case redacted != nil:
				want = "REDACTED_TOKEN"
			case test.setAdminToken != nil:
				want = tokens[cluster.ID]
			}
			server, serverErr := got.GetServer()
			token, tokenErr := got.GetToken()
			if serverErr != nil || tokenErr != nil || server != "https://127.0.0.1:6443" || token != want {
				t.Errorf(
					"%s: server %s, %v, token %q, %v; want %q",
					test.name,
					server,
					serverErr,
					token,
					tokenErr,
					want,
				)
			}
			if name := "admin@" + cluster.Name; !strings.Contains(string(got.GetRaw()), "current-context: "+name+"\n") {
				t.Errorf("%s: no context %s: %s", test.name, name, got.GetRaw())
			}
		}
		if test.setAdminToken == nil {
			continue
		}
		before := tokens[cluster.ID]
		if err := k.api.ResetClusterAdminToken(
			&k8s.ResetClusterAdminTokenRequest{ClusterID: cluster.ID},
		); err != nil || tokens[cluster.ID] == before {
			t.Errorf("reset of the token: %v", err)
		}
		if _, err := k.api.DeleteCluster(&k8s.DeleteClusterRequest{ClusterID: cluster.ID}); err != nil {
			t.Fatal(err)
		}
		k.server.Advance(time.Hour)
		if _, err := k.api.ListClusters(&k8s.ListClustersRequest{}); err != nil || tokens[cluster.ID] != "" {
			t.Errorf("the token of a deleted cluster is %q, %v", tokens[cluster.ID], err)
		}
	}
}

func TestExternalNode(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{})
	clusterRequest := k.clusterRequest("multicloud-dedicated-4")
	clusterRequest.Version = "1.35.3"
	cluster := k.createCluster(clusterRequest)
	request := poolRequest(cluster.ID)
	request.NodeType, request.Zone, request.Size = "external", "", 0
	pool := k.createPool(request)
	if pool.Status != k8s.PoolStatusReady || pool.NodeType != "external" {
		t.Fatalf("%+v", pool)
	}
	auth, err := k.api.AuthExternalNode(&k8s.AuthExternalNodeRequest{PoolID: pool.ID})
	if err != nil || !strings.HasPrefix(auth.MetadataURL, k.url) {
		t.Fatalf("%+v, %v", auth, err)
	}
	agent, err := scw.NewClient(scw.WithAPIURL(k.url), scw.WithAuth(AccessKey, auth.NodeSecretKey))
	if err != nil {
		t.Fatal(err)
	}
	metadata, err := k8s.NewAPI(agent).GetNodeMetadata(&k8s.GetNodeMetadataRequest{Region: scw.RegionFrPar})
	if err != nil || metadata.ClusterURL != cluster.ClusterURL || metadata.PoolVersion != pool.Version {
		t.Fatalf("%+v, %v", metadata, err)
	}
	k.server.Advance(time.Hour)
	nodes := k.listNodes(cluster.ID)
	if len(nodes) != 1 || nodes[0].ID != metadata.ID || nodes[0].Status != k8s.NodeStatusRegistering {
		t.Errorf("before the first heartbeat: %+v", nodes)
	}
	for _, test := range []struct {
		secret, body string
		want         int
		status       k8s.NodeStatus
	}{
		{SecretKey, `{"ready": true}`, 401, k8s.NodeStatusRegistering},
		{auth.NodeSecretKey, `{"address": "here"}`, 400, k8s.NodeStatusRegistering},
		{auth.NodeSecretKey, `{"ready": true, "address": "203.0.113.10"}`, 200, k8s.NodeStatusReady},
		{
			auth.NodeSecretKey, `{"ready": false, "reason": "kubelet stopped posting node status"}`, 200,
			k8s.NodeStatusNotReady,
		},
		{auth.NodeSecretKey, `{"ready": true}`, 200, k8s.NodeStatusReady},
	} {
		if got := k.sendHeartbeat(metadata.ID, test.secret, test.body); got != test.want {
			t.Errorf("%s: status %d, want %d", test.body, got, test.want)
		}
		if now := k.listNodes(cluster.ID)[0]; now.Status != test.status {
			t.Errorf("after %s: node %s, want %s", test.body, now.Status, test.status)
		}
	}
	now := k.listNodes(cluster.ID)[0].PublicIPV4 //nolint:staticcheck // deprecated, still in the API's responses
	if now == nil || now.String() != "203.0.113.10" {
		t.Errorf("address %v", now)
	}
	// An upgrade does not change existing external nodes.
	if _, err := k.api.UpgradeCluster(
		&k8s.UpgradeClusterRequest{ClusterID: cluster.ID, Version: "1.36.5", UpgradePools: true},
	); err != nil {
		t.Fatal(err)
	}
	k.server.Advance(time.Hour)
	nodes = k.listNodes(cluster.ID)
	if len(nodes) != 1 || nodes[0].ID != metadata.ID {
		t.Errorf("after an upgrade: %+v", nodes)
	}
	if now := k.getPool(pool.ID); now.Status != k8s.PoolStatusReady || now.Version != "1.36.5" {
		t.Errorf("after an upgrade: %+v", now)
	}
	if _, err := k8s.NewAPI(k.client).GetNodeMetadata(
		&k8s.GetNodeMetadataRequest{Region: scw.RegionFrPar},
	); err == nil {
		t.Error("the metadata of a node can be read with an API key")
	}
}

func TestUserData(t *testing.T) {
	t.Parallel()
	k := newK8sFixture(t, Options{})
	cluster := k.createCluster(k.clusterRequest("kapsule-dedicated-4"))
	request := poolRequest(cluster.ID)
	request.UserData = map[string][]byte{"cloud-init": []byte("#cloud-config"), "a": []byte("b")}
	pool := k.createPool(request)
	keys, err := k.api.ListUserData(&k8s.ListUserDataRequest{PoolID: pool.ID})
	if err != nil || len(keys.UserData) != 2 || keys.UserData[1].Key != "cloud-init" {
		t.Errorf("%+v, %v", keys, err)
	}
	if _, err := k.api.GetUserData(&k8s.GetUserDataRequest{PoolID: pool.ID, Key: "cloud-init"}); err != nil {
		t.Error(err)
	}
}

// sendHeartbeat sends a heartbeat of a node and returns the status of the response.
func (k k8sFixture) sendHeartbeat(id, secret, body string) int {
	k.t.Helper()
	request, err := http.NewRequestWithContext(
		k.t.Context(), http.MethodPost, k.url+"/_sandbox/nodes/"+id+"/heartbeat", strings.NewReader(body),
	)
	if err != nil {
		k.t.Fatal(err)
	}
	request.Header.Set("X-Auth-Token", secret)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		k.t.Fatal(err)
	}
	defer response.Body.Close()
	return response.StatusCode
}
