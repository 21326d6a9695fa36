package kubeconfig

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/tools/clientcmd/api"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

const (
	clusterID = "fr-par/00112233-4455-4677-8899-aabbccddeeff"
	secretKey = "aaaaaaaa-0000-4000-8000-000000000000"
)

func testEndpoint() kubernetes.Endpoint {
	return kubernetes.Endpoint{Server: "https://api.example:6443", CA: []byte("-----BEGIN " +
		"CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")}
}

// loadKubeconfig loads the file as kubectl does.
func loadKubeconfig(t *testing.T, m model) (*api.Cluster, *api.AuthInfo) {
	t.Helper()
	loaded, err := clientcmd.Load([]byte(m.File.ValueString()))
	if err != nil {
		t.Fatal(err)
	}
	if err := clientcmd.ConfirmUsable(*loaded, ""); err != nil {
		t.Error(err)
	}
	context := loaded.Contexts[loaded.CurrentContext]
	if context == nil || loaded.Clusters[context.Cluster] == nil || loaded.AuthInfos[context.AuthInfo] == nil {
		t.Fatalf("the current context is incomplete:\n%s", m.File.ValueString())
	}
	return loaded.Clusters[context.Cluster], loaded.AuthInfos[context.AuthInfo]
}

func TestTokenFile(t *testing.T) {
	t.Parallel()
	for name, at := range map[string]kubernetes.Endpoint{
		"unchanged": testEndpoint(), "bastion": testEndpoint().WithHost(
			"10.0.0.4", "api.example",
		), "IPv6": testEndpoint().WithHost("[2001:db8::1]:443", ""),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var m model
			if err := m.setResult(clusterID, at, credential{secretKey: secretKey}); err != nil {
				t.Fatal(err)
			}
			cluster, user := loadKubeconfig(t, m)
			if cluster.Server != at.Server || m.Host.ValueString() != at.Server || string(
				cluster.CertificateAuthorityData,
			) != string(at.CA) || m.CA.ValueString() != string(at.CA) || cluster.InsecureSkipTLSVerify {
				t.Errorf("cluster in the file: %+v, attributes: %+v", cluster, m)
			}
			if m.TLSServerName.IsNull() != (at.ServerName == "") || m.TLSServerName.ValueString() != at.ServerName ||
				cluster.TLSServerName != at.ServerName {
				t.Errorf("TLS server name in the file: %q, as attribute: %s", cluster.TLSServerName, m.TLSServerName)
			}
			if user.Token != secretKey || m.Token.ValueString() != secretKey || user.Exec != nil || m.Exec != nil {
				t.Errorf("user %v", user)
			}
			rest, err := clientcmd.RESTConfigFromKubeConfig([]byte(m.File.ValueString()))
			if err != nil || rest.Host != at.Server || rest.BearerToken != secretKey ||
				string(rest.CAData) != string(at.CA) ||
				rest.ServerName != at.ServerName {
				t.Errorf("REST config %v, error %v", rest, err)
			}
		})
	}
}

func TestExecFile(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		cli  tfkit.CLI
		args []string
		env  map[string]string
	}{
		"no profile": {tfkit.CLI{}, []string{"k8s", "exec-credential"}, map[string]string{}},
		"profile of the provider block": {
			tfkit.CLI{Profile: "hds", ActiveProfile: "ci"}, []string{
				"--profile", "hds", "k8s", "exec-credential",
			}, map[string]string{"SCW_PROFILE": "ci"},
		},
		"environment variables": {
			tfkit.CLI{ActiveProfile: "ci", ConfigPath: "/etc/scw.yaml"}, []string{"k8s", "exec-credential"},
			map[string]string{"SCW_PROFILE": "ci", "SCW_CONFIG_PATH": "/etc/scw.yaml"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var m model
			if err := m.setResult(
				clusterID,
				testEndpoint(),
				credential{secretKey: secretKey, exec: newExec(test.cli)},
			); err != nil {
				t.Fatal(err)
			}
			if !m.Token.IsNull() || strings.Contains(m.File.ValueString(), secretKey) {
				t.Errorf("the result contains the secret key: %+v", m)
			}
			if m.Exec.APIVersion != "client.authentication.k8s.io/v1" || m.Exec.Command != "scw" ||
				!slices.Equal(m.Exec.Args,
					test.args) || !maps.Equal(m.Exec.Env, test.env) {
				t.Errorf("exec %+v", m.Exec)
			}
			_, user := loadKubeconfig(t, m)
			env := map[string]string{}
			for _, variable := range user.Exec.Env {
				env[variable.Name] = variable.Value
			}
			if user.Exec.APIVersion != m.Exec.APIVersion || user.Exec.Command != "scw" || !slices.Equal(
				user.Exec.Args, test.args,
			) || !maps.Equal(env, test.env) ||
				user.Exec.InteractiveMode != api.NeverExecInteractiveMode {
				t.Errorf("user in the file: %v", user.Exec)
			}
		})
	}
}
