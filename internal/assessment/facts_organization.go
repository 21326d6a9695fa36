package assessment

import (
	"slices"
	"strings"
	"time"
)

// OrganizationFormat identifies the format of stored facts of an Organization.
const OrganizationFormat = "srm-organization/1"

// OrganizationFacts are what was read about an Organization: who may do what, Audit Trail, and contracts. They hold ids
// only: no name and no e-mail address of a person.
type OrganizationFacts struct {
	Format string    `json:"format"`
	ReadAt time.Time `json:"read_at"`
	Reader Reader    `json:"reader"`
	// OrganizationID is the id that was asked for, also if nothing could be read.
	OrganizationID string `json:"organization_id"`

	Users        Collection[User]        `json:"users"`
	Applications Collection[Application] `json:"applications"`
	Groups       Collection[Group]       `json:"groups"`
	Policies     Collection[Policy]      `json:"policies"`
	APIKeys      Collection[APIKey]      `json:"api_keys"`
	Security     Fact[SecuritySettings]  `json:"security_settings"`
	Logins       Fact[LoginMethods]      `json:"login_methods"`

	ExportJobs Collection[ExportJob]         `json:"export_jobs"` // Of fr-par.
	AlertRules Collection[AlertRule]         `json:"alert_rules"` // Of fr-par.
	Contracts  Collection[ContractSignature] `json:"contract_signatures"`

	Requests []Request `json:"requests,omitempty"`
}

// User is a member, a guest or the owner of the Organization.
type User struct {
	ID     string `json:"id"`
	Type   string `json:"type"`             // "owner", "member" or "guest".
	Status string `json:"status,omitempty"` // "activated" or "invitation_pending"; the API deprecates it.
	Locked bool   `json:"locked,omitempty"`
	MFA    *bool  `json:"mfa"`
	// LastLoginAt is nil if the user has never logged in.
	LastLoginAt       *time.Time `json:"last_login_at"`
	CreatedAt         *time.Time `json:"created_at"`
	AccountRootUserID string     `json:"account_root_user_id,omitempty"`
}

// isOwner reports whether the user owns the Organization and has all rights without a policy.
func (u User) isOwner() bool { return u.Type == "owner" }

// isActive reports whether the user can log in.
func (u User) isActive() bool { return !u.Locked && u.Status != "invitation_pending" }

// Application is a non-human identity.
type Application struct {
	ID      string `json:"id"`
	Managed bool   `json:"managed,omitempty"` // By a product of Scaleway.
}

// Group is a group of users and applications.
type Group struct {
	ID              string   `json:"id"`
	UserIDs         []string `json:"user_ids"`
	ApplicationIDs  []string `json:"application_ids"`
	AllUsers        bool     `json:"all_users,omitempty"`        // Every user of the Organization is a member.
	AllApplications bool     `json:"all_applications,omitempty"` // Every application of the Organization is a member.
	Managed         bool     `json:"managed,omitempty"`
}

// Policy gives the permission sets of its rules to a user, a group, an application, or to no principal.
type Policy struct {
	ID            string           `json:"id"`
	UserID        string           `json:"user_id,omitempty"`
	GroupID       string           `json:"group_id,omitempty"`
	ApplicationID string           `json:"application_id,omitempty"`
	NoPrincipal   bool             `json:"no_principal,omitempty"`
	Managed       bool             `json:"managed,omitempty"`
	Rules         Collection[Rule] `json:"rules"` // Empty of a policy without a principal: they grant nothing.
}

// Rule gives permission sets in Projects or in the Organization.
type Rule struct {
	ID             string    `json:"id"`
	PermissionSets []string  `json:"permission_sets"`
	ProjectIDs     *[]string `json:"project_ids"` // Nil: the rule is not limited to Projects.
	Condition      string    `json:"condition,omitempty"`
}

// APIKey is an API key, without its secret.
type APIKey struct {
	AccessKey     string     `json:"access_key"`
	UserID        string     `json:"user_id,omitempty"`
	ApplicationID string     `json:"application_id,omitempty"`
	CreatedAt     *time.Time `json:"created_at"`
	ExpiresAt     *time.Time `json:"expires_at"` // Nil: the key does not expire.
	Managed       bool       `json:"managed,omitempty"`
}

// SecuritySettings are the security settings of the Organization.
type SecuritySettings struct {
	// MaxKeyDays is the longest validity of a new API key in days; zero is no limit.
	MaxKeyDays *int `json:"max_api_key_days"`
}

// LoginMethods are the ways to log in that the Organization allows.
type LoginMethods struct {
	Password  bool `json:"password"`
	MagicCode bool `json:"magic_code"`
	OAuth2    bool `json:"oauth2"`
	SAML      bool `json:"saml"`
}

// isSingleSignOn reports whether only an identity provider logs users in.
func (l LoginMethods) isSingleSignOn() bool {
	return (l.SAML || l.OAuth2) && !l.Password && !l.MagicCode
}

// ExportJob exports the events of Audit Trail to a bucket every day.
type ExportJob struct {
	ID         string     `json:"id"`
	Region     string     `json:"region"` // Of the events.
	CreatedAt  *time.Time `json:"created_at"`
	LastRunAt  *time.Time `json:"last_run_at"`            // Nil: it has not run yet.
	LastStatus *string    `json:"last_status"`            // "success" or "failure".
	Message    string     `json:"last_message,omitempty"` // Of the last run.

	Bucket Fact[ExportBucket] `json:"bucket"`
}

// ExportBucket is the bucket of an export job. Each setting has its own permission.
type ExportBucket struct {
	Name       string           `json:"name"`
	ProjectID  string           `json:"project_id,omitempty"`
	Region     Fact[string]     `json:"region"`
	Versioning Fact[bool]       `json:"versioning"`
	ObjectLock Fact[BucketLock] `json:"object_lock"`
	Public     Fact[bool]       `json:"public"` // Its policy or its access control list allows everyone.
}

// BucketLock is the object lock of a bucket.
type BucketLock struct {
	Enabled *bool `json:"enabled"`
	// RetentionDays is the default retention; zero if there is none: new objects are then not locked.
	RetentionDays *int   `json:"retention_days"`
	RetentionMode string `json:"retention_mode,omitempty"` // "GOVERNANCE" or "COMPLIANCE".
}

// AlertRule is a preconfigured alert rule of Audit Trail.
type AlertRule struct {
	ID     string  `json:"id"`
	Status *string `json:"status"` // "enabled", "disabled", "enabling" or "disabling".
}

// ContractSignature is a contract that the Organization signed, or has to sign.
type ContractSignature struct {
	ID        string     `json:"id"`
	Type      string     `json:"type"`
	Name      string     `json:"name"`
	Version   int        `json:"version,omitempty"`
	SignedAt  *time.Time `json:"signed_at"`  // Nil: not signed.
	ExpiresAt *time.Time `json:"expires_at"` // Nil: no end.
}

// AssessedCluster is what the checks of an Organization need of a cluster that is assessed with it.
type AssessedCluster struct {
	ID        string // "region/UUID".
	ProjectID string // Empty if the cluster was not read.
	// IAMNodesGroupID and IAMControlPlaneAppl are empty if the API did not have them.
	IAMNodesGroupID     string
	IAMControlPlaneAppl string
	Missing             *Gap // Why the cluster was not read.
	HDS                 bool
}

// Assessed returns what the checks of an Organization need of a cluster.
func (f Facts) Assessed(hds bool) AssessedCluster {
	a := AssessedCluster{ID: f.Scope(), Missing: f.Cluster.Missing(), HDS: hds}
	if c := f.Cluster.Value; c != nil {
		a.ProjectID, a.IAMNodesGroupID, a.IAMControlPlaneAppl = c.ProjectID, c.IAMNodesGroupID, c.IAMControlPlaneAppl
	}
	return a
}

// IsOf reports whether a cluster belongs to the Organization. A cluster that was not read belongs to none.
func (f OrganizationFacts) IsOf(cluster Facts) bool {
	return cluster.Cluster.Value != nil && cluster.Cluster.Value.OrganizationID == f.OrganizationID
}

// organizationScopePrefix begins the scope of an Organization, before its UUID.
const organizationScopePrefix = ScopeOrganization + "/"

// OrganizationScope returns the scope of findings about an Organization.
func OrganizationScope(id string) string { return organizationScopePrefix + id }

// isOrganizationScope reports whether a declaration is about the whole Organization.
func isOrganizationScope(scope string) bool {
	return scope == ScopeOrganization || strings.HasPrefix(scope, organizationScopePrefix)
}

// Scope returns the scope of findings about the Organization.
func (f OrganizationFacts) Scope() string { return OrganizationScope(f.OrganizationID) }

// NothingRead returns why nothing of the Organization was read, or nil if some of it was.
func (f OrganizationFacts) NothingRead() *Gap {
	missing := []*Gap{
		f.Users.Missing(), f.Applications.Missing(), f.Groups.Missing(), f.Policies.Missing(), f.APIKeys.Missing(),
		f.Security.Missing(), f.Logins.Missing(), f.ExportJobs.Missing(), f.AlertRules.Missing(), f.Contracts.Missing(),
	}
	if slices.Contains(missing, nil) {
		return nil
	}
	return missing[0]
}

// verifyAnchors marks lists as incomplete that lack what others prove to exist. Applications are no anchors: those of
// clusters do not show in the list.
func (f OrganizationFacts) verifyAnchors() OrganizationFacts {
	const needs = "IAMReadOnly in the Organization"
	hasUser := func(id string) bool {
		return slices.ContainsFunc(f.Users.Items, func(u User) bool { return u.ID == id })
	}
	require(&f.Users, needs, "the owner of the Organization", slices.ContainsFunc(f.Users.Items, User.isOwner))
	for _, g := range f.Groups.Items {
		for _, id := range g.UserIDs {
			require(&f.Users, needs, "the user "+id, hasUser(id))
		}
	}
	require(&f.APIKeys, needs, "the key of the reader", f.Reader.AccessKey == "" ||
		slices.ContainsFunc(f.APIKeys.Items, func(k APIKey) bool { return k.AccessKey == f.Reader.AccessKey }))
	require(&f.Policies, needs, "any policy", len(f.Policies.Items) > 0)
	require(&f.AlertRules, "AuditTrailReadOnly in the Organization", "the preconfigured rules",
		len(f.AlertRules.Items) > 0)
	for _, k := range f.APIKeys.Items {
		require(&f.Users, needs, "the user "+k.UserID, k.UserID == "" || hasUser(k.UserID))
	}
	for _, p := range f.Policies.Items {
		require(&f.Users, needs, "the user "+p.UserID, p.UserID == "" || hasUser(p.UserID))
		require(&f.Groups, needs, "the group "+p.GroupID, p.GroupID == "" || p.Managed ||
			slices.ContainsFunc(f.Groups.Items, func(g Group) bool { return g.ID == p.GroupID }))
	}
	return f
}
