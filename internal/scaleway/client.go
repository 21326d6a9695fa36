package scaleway

import (
	"fmt"
	"strings"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/account/v3"
	"github.com/scaleway/scaleway-sdk-go/api/audit_trail/v1alpha1"
	"github.com/scaleway/scaleway-sdk-go/api/block/v1"
	"github.com/scaleway/scaleway-sdk-go/api/cockpit/v1"
	"github.com/scaleway/scaleway-sdk-go/api/container/v1"
	"github.com/scaleway/scaleway-sdk-go/api/function/v1beta1"
	"github.com/scaleway/scaleway-sdk-go/api/iam/v1alpha1"
	"github.com/scaleway/scaleway-sdk-go/api/instance/v1"
	"github.com/scaleway/scaleway-sdk-go/api/interlink/v1beta1"
	"github.com/scaleway/scaleway-sdk-go/api/ipam/v1"
	"github.com/scaleway/scaleway-sdk-go/api/k8s/v1"
	"github.com/scaleway/scaleway-sdk-go/api/lb/v1"
	productcatalog "github.com/scaleway/scaleway-sdk-go/api/product_catalog/v2alpha1"
	"github.com/scaleway/scaleway-sdk-go/api/rdb/v1"
	"github.com/scaleway/scaleway-sdk-go/api/registry/v1"
	"github.com/scaleway/scaleway-sdk-go/api/s2s_vpn/v1alpha1"
	"github.com/scaleway/scaleway-sdk-go/api/vpc/v2"
	"github.com/scaleway/scaleway-sdk-go/api/vpcgw/v2"
	"github.com/scaleway/scaleway-sdk-go/scw"
)

// pageSize is the largest page size of the Scaleway APIs. Nearly every list then fits into one request.
const pageSize = 100

// Client calls the Scaleway API. It is safe for concurrent use once its exported fields are set.
type Client struct {
	// PollInterval is the base of the pauses between two reads of an object that the client waits for: the first pauses
	// are half of it, later ones a thirty-sixth of the time waited so far, up to fifteen times the interval. New sets
	// 1 s.
	PollInterval time.Duration
	// RetryWait is the first pause before a failed request is sent again. It doubles each time, with jitter, up to 30
	// s. New sets 1 s.
	RetryWait time.Duration
	// RecoveryGrace is how long work that must not be left undone may continue after an interruption: to restrict
	// access to the API server of a new cluster, and to search for an object whose create got no response. New sets 15
	// s.
	RecoveryGrace time.Duration

	config Config
	now    Clock

	k8s           *k8s.API
	vpc           *vpc.API
	vpcRoutes     *vpc.RoutesWithNexthopAPI
	ipam          *ipam.API
	vpn           *s2s_vpn.API
	interLink     *interlink.API
	gateways      *vpcgw.API
	instance      *instance.API
	projectAPI    *account.ProjectAPI
	contractAPI   *account.ContractAPI
	productAPI    *productcatalog.PublicCatalogAPI
	iam           *iam.API
	block         *block.API
	loadBalancers *lb.ZonedAPI
	databases     *rdb.API
	registries    *registry.API
	cockpit       *cockpit.RegionalAPI
	functions     *function.API
	containers    *container.API
	auditTrail    *audit_trail.API

	doer          *doer
	objectStorage *doer
	userAgent     string

	cached   cachedReads
	reported *reportedCauses
}

// New returns a client for a configuration that Load returned. userAgent is appended to the SDK's user agent, as in
// "terraform-provider-srm/0.1.0 terraform/1.14.0".
func New(cfg Config, userAgent string) (*Client, error) {
	// The SDK also validates these values, but its error text contains a malformed secret key.
	if err := validateConfig(cfg); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	c := &Client{
		PollInterval: time.Second, RetryWait: time.Second, RecoveryGrace: 15 * time.Second, config: cfg, now: wallClock,
		cached: newCachedReads(), reported: &reportedCauses{
			firstReports: map[string]report{},
		},
	}
	c.doer, c.objectStorage, c.userAgent = newDoer(c, classifyResponse), newDoer(c, classifyObjectStorage), userAgent
	opts := []scw.ClientOption{
		scw.WithHTTPClient(c.doer),
		scw.WithAuth(cfg.AccessKey, cfg.SecretKey),
		scw.WithUserAgent(userAgent),
		scw.WithDefaultPageSize(pageSize),
		scw.WithAPIURL(cfg.APIURL),
		scw.WithDefaultRegion(cfg.Region),
		scw.WithDefaultZone(cfg.Zone),
	}
	if cfg.OrganizationID != "" {
		opts = append(opts, scw.WithDefaultOrganizationID(cfg.OrganizationID))
	}
	if cfg.ProjectID != "" {
		opts = append(opts, scw.WithDefaultProjectID(cfg.ProjectID))
	}
	sdk, err := scw.NewClient(opts...)
	if err != nil {
		return nil, fmt.Errorf("unable to create a Scaleway client: %w", err)
	}
	c.k8s = k8s.NewAPI(sdk)
	c.vpc = vpc.NewAPI(sdk)
	c.vpcRoutes = vpc.NewRoutesWithNexthopAPI(sdk)
	c.ipam = ipam.NewAPI(sdk)
	c.vpn = s2s_vpn.NewAPI(sdk)
	c.interLink = interlink.NewAPI(sdk)
	c.gateways = vpcgw.NewAPI(sdk)
	c.instance = instance.NewAPI(sdk)
	c.projectAPI = account.NewProjectAPI(sdk)
	c.contractAPI = account.NewContractAPI(sdk)
	c.productAPI = productcatalog.NewPublicCatalogAPI(sdk)
	c.iam = iam.NewAPI(sdk)
	c.block = block.NewAPI(sdk)
	c.loadBalancers = lb.NewZonedAPI(sdk)
	c.databases = rdb.NewAPI(sdk)
	c.registries = registry.NewAPI(sdk)
	c.cockpit = cockpit.NewRegionalAPI(sdk)
	c.functions = function.NewAPI(sdk)
	c.containers = container.NewAPI(sdk)
	c.auditTrail = audit_trail.NewAPI(sdk)
	return c, nil
}

// DefaultProjectID returns the configured Project, or "".
func (c *Client) DefaultProjectID() string { return c.config.ProjectID }

// OrganizationID returns the configured Organization, or "".
func (c *Client) OrganizationID() string { return c.config.OrganizationID }

// DefaultRegion returns the configured region; Load sets fr-par by default.
func (c *Client) DefaultRegion() scw.Region { return c.config.Region }

// DefaultZone returns the configured zone; Load sets fr-par-1 by default.
func (c *Client) DefaultZone() scw.Zone { return c.config.Zone }

// APIURL returns the endpoint of the API, without a trailing slash.
func (c *Client) APIURL() string { return c.config.APIURL }

// ObjectStorageURL returns the endpoint of Object Storage in a region, without a trailing slash, or "".
func (c *Client) ObjectStorageURL(region scw.Region) string {
	return strings.ReplaceAll(c.config.ObjectStorageURL, regionPlaceholder, string(region))
}

// AccessKey returns the identifier of the API key, which is not secret.
func (c *Client) AccessKey() string { return c.config.AccessKey }

// SecretKey returns the secret of the API key, which is also an IAM bearer token for a cluster's API server. It must
// not reach a state, a log or an error.
func (c *Client) SecretKey() string { return c.config.SecretKey }
