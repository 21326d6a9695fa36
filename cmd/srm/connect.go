package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/uuid"
	"github.com/scaleway/scaleway-sdk-go/scw"
	"github.com/spf13/pflag"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/collect"
	"github.com/terraform-srm/terraform-provider-srm/internal/kubernetes"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// connection are the flags that select credentials and the way to the API servers of clusters.
type connection struct {
	profile, region string
	profileFlag     string // Flag or key that names the profile; empty: --profile.
	host, tlsName   string
	privateNetwork  bool
	inCluster       bool
}

func (c *connection) addFlags(flags *pflag.FlagSet) {
	flags.StringVar(&c.profile, "profile", "", "profile of the scw configuration file")
	flags.StringVar(&c.region, "region", "", "region of clusters that are given by name or by UUID, such as fr-par")
	flags.BoolVar(&c.privateNetwork, "private-network", false,
		"reach the API server at its address on the Private Network")
	flags.StringVar(&c.host, "kubernetes-host", "", "reach the API server at this host or host:port, such as a bastion")
	flags.StringVar(&c.tlsName, "tls-server-name", "", "name in the API server's certificate, with --kubernetes-host")
	flags.BoolVar(&c.inCluster, "in-cluster", false,
		"read the cluster that this command runs in, with the service account of its pod")
}

// userAgent returns the user agent of requests.
func userAgent() string { return "srm/" + version }

// api returns the client of the Scaleway API.
func (a app) api(c connection) (*scaleway.Client, error) {
	config, err := scaleway.Load(scaleway.Settings{
		Profile: c.profile, Region: c.region, ProfileFlag: cmp.Or(c.profileFlag, "--profile"),
	}, a.environment)
	if err != nil {
		return nil, err
	}
	return scaleway.New(config, userAgent())
}

// target is a cluster to read.
type target struct {
	region scw.Region
	id     string // UUID.
}

// unfoundError reports a cluster whose id is not known.
type unfoundError struct {
	region scw.Region
	name   string
	ids    []string // Of the clusters with this name, if there are several.
	err    error    // Of the search; nil if it has no result or several.
}

func (e *unfoundError) Error() string {
	switch {
	case e.err != nil:
		return fmt.Sprintf("unable to look for the cluster %q; with its id no search is needed: %s", e.name, e.err)
	case len(e.ids) > 0:
		return fmt.Sprintf("%d clusters in %s have the name %q; use one of the ids %s", len(e.ids), e.region, e.name,
			strings.Join(e.ids, ", "))
	}
	return fmt.Sprintf("there is no cluster %q in %s that this API key may read; set --region or give the id of the "+
		"cluster", e.name, e.region)
}

func (e *unfoundError) Unwrap() error { return e.err }

// gap returns the reason why the cluster is not evaluated.
func (e *unfoundError) gap() assessment.Gap {
	if e.err != nil {
		return *collect.GapOf(e.err)
	}
	gap := assessment.Gap{Reason: assessment.NotFound, Needs: "cluster " + e.name, Detail: e.Error()}
	if len(e.ids) > 0 {
		gap.Reason, gap.Needs = assessment.InputMissing, "id of the cluster "+e.name
	}
	return gap
}

// find returns the cluster with a name, a UUID or an id "region/UUID".
func find(ctx context.Context, api *scaleway.Client, cluster string) (target, error) {
	region, name, isID := strings.Cut(cluster, "/")
	if !isID {
		region, name = api.DefaultRegion().String(), cluster
	}
	if !scaleway.IsRegion(region) {
		return target{}, fmt.Errorf("%q is not a region; the regions are %s", region, scaleway.Regions())
	}
	if id, err := uuid.Parse(name); err == nil {
		return target{scw.Region(region), id.String()}, nil
	}
	if isID {
		return target{}, fmt.Errorf("the cluster %q is neither a name, nor a UUID, nor region/UUID", cluster)
	}
	found, err := api.Clusters(ctx, scw.Region(region), scaleway.ClusterFilter{Name: name})
	if err == nil && len(found) == 1 {
		return target{scw.Region(region), found[0].ID}, nil
	}
	unfound := &unfoundError{region: scw.Region(region), name: name, err: err}
	for _, one := range found {
		unfound.ids = append(unfound.ids, scaleway.JoinID(one.Region, one.ID))
	}
	return target{}, unfound
}

// sources returns where the facts of a cluster come from.
func (a app) sources(api *scaleway.Client, c connection, t target, readsCluster bool) collect.Sources {
	s := collect.Sources{Scaleway: api, Now: a.now, Tool: userAgent()}
	if readsCluster {
		s.Kubernetes = func(ctx context.Context) (*kubernetes.Client, error) { return c.connect(ctx, api, t) }
	}
	return s
}

// connect returns a client of the cluster's API server.
func (c connection) connect(ctx context.Context, api *scaleway.Client, t target) (*kubernetes.Client, error) {
	if c.inCluster {
		return connectFromPod()
	}
	file, err := api.Kubeconfig(ctx, t.region, t.id, c.privateNetwork)
	if err != nil {
		return nil, err
	}
	return kubernetes.FromKubeconfig(file, c.host, c.tlsName, api.SecretKey(), userAgent(), 0)
}

// serviceAccount is the folder in which a pod finds the credentials of its service account.
const serviceAccount = "/var/run/secrets/kubernetes.io/serviceaccount"

// connectFromPod returns a client of the API server of the cluster that this process runs in.
func connectFromPod() (*kubernetes.Client, error) {
	host, port := os.Getenv("KUBERNETES_SERVICE_HOST"), os.Getenv("KUBERNETES_SERVICE_PORT")
	if host == "" || port == "" {
		return nil, errors.New("--in-cluster: this process does not run in a pod: KUBERNETES_SERVICE_HOST is not set")
	}
	token, err := os.ReadFile(filepath.Join(serviceAccount, "token"))
	if err != nil {
		return nil, fmt.Errorf("--in-cluster: the pod has no token of a service account: %w", err)
	}
	ca, err := os.ReadFile(filepath.Join(serviceAccount, "ca.crt"))
	if err != nil {
		return nil, fmt.Errorf("--in-cluster: the pod has no certificate of the cluster: %w", err)
	}
	endpoint := kubernetes.Endpoint{Server: "https://" + net.JoinHostPort(host, port), CA: ca}
	return kubernetes.New(endpoint, string(token), userAgent())
}
