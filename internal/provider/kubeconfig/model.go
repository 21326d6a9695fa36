package kubeconfig

import (
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/scaleway/scaleway-sdk-go/scw"
	clientcmd "k8s.io/client-go/tools/clientcmd/api/v1"
	"sigs.k8s.io/yaml"

	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	"github.com/terraform-srm/terraform-provider-srm/internal/tfkit"
)

type model struct {
	ClusterID     types.String `tfsdk:"cluster_id"`
	Endpoint      types.String `tfsdk:"endpoint"`
	Form          types.String `tfsdk:"form"`
	Host          types.String `tfsdk:"host"`
	TLSServerName types.String `tfsdk:"tls_server_name"`
	CA            types.String `tfsdk:"cluster_ca_certificate"`
	Token         types.String `tfsdk:"token"`
	Exec          *exec        `tfsdk:"exec"`
	File          types.String `tfsdk:"file"`
}

// exec is a credential plugin: a command that prints the credential.
type exec struct {
	APIVersion string            `tfsdk:"api_version"`
	Command    string            `tfsdk:"command"`
	Args       []string          `tfsdk:"args"`
	Env        map[string]string `tfsdk:"env"`
}

// credential is the credential of a client: a command if exec is set, or a secret key otherwise.
type credential struct {
	secretKey string
	exec      *exec
}

// The values that `scw k8s kubeconfig install` writes with its default auth-method, "cli": see generateCLINamedAuthInfo
// in internal/namespaces/k8s/v1/custom_kubeconfig.go of scaleway/scaleway-cli v2.
const (
	execAPIVersion = "client.authentication.k8s.io/v1"
	execCommand    = "scw"
	installHint    = "This kubeconfig runs the scw CLI to authenticate. How to install it: " +
		"https://github.com/scaleway/scaleway-cli#installation"
)

// newExec returns a command that uses the same configuration as the provider. It passes names and paths, but no keys:
// the command inherits keys of the environment, and does not get keys of the provider block.
func newExec(cli tfkit.CLI) *exec {
	e := &exec{
		APIVersion: execAPIVersion, Command: execCommand, Args: []string{"k8s", "exec-credential"},
		Env: map[string]string{},
	}
	if cli.Profile != "" {
		e.Args = append([]string{"--profile", cli.Profile}, e.Args...)
	}
	for name, value := range map[string]string{
		scw.ScwActiveProfileEnv: cli.ActiveProfile, scw.ScwConfigPathEnv: cli.ConfigPath,
	} {
		if value != "" {
			e.Env[name] = value
		}
	}
	return e
}

// setResult sets the computed attributes. id is the name of the cluster in the file.
func (m *model) setResult(id string, endpoint kubernetes.Endpoint, user credential) error {
	file, err := renderKubeconfig(id, endpoint, user)
	if err != nil {
		return err
	}
	m.Host, m.CA, m.File = types.StringValue(endpoint.Server), types.StringValue(
		string(endpoint.CA),
	), types.StringValue(string(file))
	m.TLSServerName, m.Token, m.Exec = types.StringNull(), types.StringNull(), user.exec
	if endpoint.ServerName != "" {
		m.TLSServerName = types.StringValue(endpoint.ServerName)
	}
	if user.exec == nil {
		m.Token = types.StringValue(user.secretKey)
	}
	return nil
}

// renderKubeconfig returns the kubeconfig file. Cluster, user and context are named after the cluster's id, so that
// files of several clusters can be merged.
func renderKubeconfig(id string, endpoint kubernetes.Endpoint, user credential) ([]byte, error) {
	info := clientcmd.AuthInfo{Token: user.secretKey}
	if user.exec != nil {
		info = clientcmd.AuthInfo{Exec: &clientcmd.ExecConfig{
			APIVersion: user.exec.APIVersion, Command: user.exec.Command, Args: user.exec.Args,
			InstallHint: installHint, InteractiveMode: clientcmd.NeverExecInteractiveMode,
		}}
		for _, name := range slices.Sorted(maps.Keys(user.exec.Env)) {
			info.Exec.Env = append(info.Exec.Env, clientcmd.ExecEnvVar{Name: name, Value: user.exec.Env[name]})
		}
	}
	file, err := yaml.Marshal(clientcmd.Config{
		Kind: "Config", APIVersion: "v1", CurrentContext: id,
		Clusters: []clientcmd.NamedCluster{{Name: id, Cluster: clientcmd.Cluster{
			Server: endpoint.Server, TLSServerName: endpoint.ServerName, CertificateAuthorityData: endpoint.CA,
		}}},
		AuthInfos: []clientcmd.NamedAuthInfo{{Name: id, AuthInfo: info}},
		Contexts:  []clientcmd.NamedContext{{Name: id, Context: clientcmd.Context{Cluster: id, AuthInfo: id}}},
	})
	if err != nil {
		return nil, fmt.Errorf("kubeconfig of %s: %w", id, err)
	}
	return file, nil
}
