package collect

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/scaleway/scaleway-sdk-go/api/account/v3"
	"github.com/scaleway/scaleway-sdk-go/api/audit_trail/v1alpha1"
	"github.com/scaleway/scaleway-sdk-go/api/iam/v1alpha1"
	"github.com/scaleway/scaleway-sdk-go/scw"

	"github.com/terraform-srm/terraform-provider-srm/internal/assessment"
	"github.com/terraform-srm/terraform-provider-srm/internal/scaleway"
)

// auditRegion is the region of Audit Trail that is read: events of global products, such as IAM, are there, too.
const auditRegion = scw.RegionFrPar

// organizationCollector reads the facts of an Organization: ids, dates and settings, and no name or e-mail address.
type organizationCollector struct {
	*collector
	id    string
	facts *assessment.OrganizationFacts
}

// Organization reads the facts of an Organization. Its only error is the end of the context.
func Organization(ctx context.Context, s Sources, id string) (assessment.OrganizationFacts, error) {
	c := &organizationCollector{
		collector: &collector{Sources: s, slots: make(chan struct{}, concurrentRequests)}, id: id,
		facts: &assessment.OrganizationFacts{
			Format: assessment.OrganizationFormat, ReadAt: s.Now().UTC(), OrganizationID: id,
			Reader: assessment.Reader{Tool: s.Tool, AccessKey: s.Scaleway.AccessKey()},
		},
	}
	ctx = c.withResponses(ctx)
	c.start(func() { c.readReader(ctx, &c.facts.Reader, id) })
	c.readIAM(ctx)
	c.readAuditTrail(ctx)
	c.start(func() {
		signatures, gap := read(ctx, c.collector, func(ctx context.Context) ([]*account.ContractSignature, error) {
			return s.Scaleway.ContractSignatures(ctx, id)
		})
		c.facts.Contracts = collection("GET /account/v3/contract-signatures", convert(signatures, contractFacts), gap)
	})
	c.work.Wait()
	c.facts.Requests = c.sortedRequests()
	if err := ctx.Err(); err != nil {
		return *c.facts, fmt.Errorf("the facts of Organization %s were not read: %w", id, err)
	}
	return *c.facts, nil
}

// readOf reads a list or an object of the Organization.
func readOf[T any](
	ctx context.Context, c *organizationCollector, request func(context.Context, string) (T, error),
) (T, *assessment.Gap) {
	return read(ctx, c.collector, func(ctx context.Context) (T, error) { return request(ctx, c.id) })
}

// readIAM reads who may do what.
func (c *organizationCollector) readIAM(ctx context.Context) {
	const base = "GET /iam/v1alpha1/"
	api, f := c.Scaleway, c.facts
	c.start(func() {
		users, gap := readOf(ctx, c, api.Users)
		f.Users = collection(base+"users", convert(users, userFacts), gap)
	})
	c.start(func() {
		applications, gap := readOf(ctx, c, api.Applications)
		f.Applications = collection(base+"applications", convert(applications, func(
			a *iam.Application,
		) assessment.Application {
			return assessment.Application{ID: a.ID, Managed: a.Managed || !a.Editable}
		}), gap)
	})
	c.start(func() {
		groups, gap := readOf(ctx, c, api.Groups)
		f.Groups = collection(base+"groups", convert(groups, groupFacts), gap)
	})
	c.start(func() {
		keys, gap := readOf(ctx, c, api.APIKeys)
		f.APIKeys = collection(base+"api-keys", convert(keys, keyFacts), gap)
	})
	c.start(func() { c.readPolicies(ctx, base) })
	c.start(func() {
		settings, gap := readOf(ctx, c, api.SecuritySettings)
		source := base + "organizations/" + c.id + "/security-settings"
		f.Security = fact(source, securityFacts(settings), gap)
	})
	c.start(func() {
		organization, gap := readOf(ctx, c, api.Organization)
		f.Logins = fact(base+"organizations/"+c.id, loginFacts(organization), gap)
	})
}

// readPolicies reads the policies with their rules. Rules of a policy without a principal grant nothing.
func (c *organizationCollector) readPolicies(ctx context.Context, base string) {
	policies, gap := readOf(ctx, c, c.Scaleway.Policies)
	facts := convert(policies, policyFacts)
	var work sync.WaitGroup
	for i := range facts {
		one, source := &facts[i], base+"rules?policy_id="+facts[i].ID
		if one.NoPrincipal {
			one.Rules = assessment.Read(source, []assessment.Rule{})
			continue
		}
		work.Go(func() {
			rules, gap := read(ctx, c.collector, func(ctx context.Context) ([]*iam.Rule, error) {
				return c.Scaleway.PolicyRules(ctx, one.ID)
			})
			one.Rules = collection(source, convert(rules, ruleFacts), gap)
		})
	}
	work.Wait()
	c.facts.Policies = collection(base+"policies", facts, gap)
}

func userFacts(u *iam.User) assessment.User {
	facts := assessment.User{
		ID: u.ID, Type: u.Type.String(), Locked: u.Locked, MFA: &u.Mfa, LastLoginAt: u.LastLoginAt,
		CreatedAt: u.CreatedAt, AccountRootUserID: u.AccountRootUserID,
	}
	if u.Status != nil { //nolint:staticcheck // deprecated, still in the API's responses
		facts.Status = u.Status.String() //nolint:staticcheck // as above
	}
	return facts
}

func groupFacts(g *iam.Group) assessment.Group {
	return assessment.Group{
		ID: g.ID, UserIDs: g.UserIDs, ApplicationIDs: g.ApplicationIDs, AllUsers: g.AllUsers,
		AllApplications: g.AllApplications, Managed: g.Managed || !g.Editable,
	}
}

// policyFacts converts a policy. One that cannot be edited is Scaleway's: recorded objects that a product manages are
// not editable, and the documentation says so of the policy of a cluster's nodes.
func policyFacts(p *iam.Policy) assessment.Policy {
	return assessment.Policy{
		ID: p.ID, UserID: value(p.UserID), GroupID: value(p.GroupID), ApplicationID: value(p.ApplicationID),
		NoPrincipal: p.NoPrincipal != nil && *p.NoPrincipal, Managed: p.Managed || !p.Editable,
	}
}

func ruleFacts(r *iam.Rule) assessment.Rule {
	facts := assessment.Rule{ID: r.ID, ProjectIDs: r.ProjectIDs, Condition: r.Condition, PermissionSets: []string{}}
	if r.PermissionSetNames != nil {
		facts.PermissionSets = *r.PermissionSetNames
	}
	return facts
}

func keyFacts(k *iam.APIKey) assessment.APIKey {
	return assessment.APIKey{
		AccessKey: k.AccessKey, UserID: value(k.UserID), ApplicationID: value(k.ApplicationID), CreatedAt: k.CreatedAt,
		ExpiresAt: k.ExpiresAt, Managed: k.Managed || !k.Editable,
	}
}

func value(text *string) string {
	if text == nil {
		return ""
	}
	return *text
}

// securityFacts converts the security settings. A duration of zero is no limit.
func securityFacts(s *iam.OrganizationSecuritySettings) assessment.SecuritySettings {
	facts := assessment.SecuritySettings{}
	if s != nil && s.MaxAPIKeyExpirationDuration != nil {
		const day = 24 * time.Hour
		days := int((*s.MaxAPIKeyExpirationDuration.ToTimeDuration() + day - 1) / day)
		facts.MaxKeyDays = &days
	}
	return facts
}

func loginFacts(o *iam.Organization) assessment.LoginMethods {
	if o == nil {
		return assessment.LoginMethods{}
	}
	return assessment.LoginMethods{
		Password: o.LoginPasswordEnabled, MagicCode: o.LoginMagicCodeEnabled, OAuth2: o.LoginOauth2Enabled,
		SAML: o.LoginSamlEnabled,
	}
}

func contractFacts(s *account.ContractSignature) assessment.ContractSignature {
	facts := assessment.ContractSignature{ID: s.ID, SignedAt: s.SignedAt, ExpiresAt: s.ExpiresAt}
	if s.Contract != nil {
		facts.Type, facts.Name = s.Contract.Type.String(), s.Contract.Name
		facts.Version = int(s.Contract.Version)
	}
	return facts
}

// readAuditTrail reads the export jobs with their buckets, and the alert rules.
func (c *organizationCollector) readAuditTrail(ctx context.Context) {
	base := "GET /audit-trail/v1alpha1/regions/" + auditRegion.String()
	c.start(func() {
		rules, gap := readOf(ctx, c, func(ctx context.Context, id string) ([]*audit_trail.AlertRule, error) {
			return c.Scaleway.AlertRules(ctx, auditRegion, id)
		})
		c.facts.AlertRules = collection(base+"/alert-rules", convert(rules, func(
			r *audit_trail.AlertRule,
		) assessment.AlertRule {
			return assessment.AlertRule{ID: r.ID, Status: present(r.Status)}
		}), gap)
	})
	c.start(func() {
		jobs, gap := readOf(ctx, c, func(ctx context.Context, id string) ([]*audit_trail.ExportJob, error) {
			return c.Scaleway.ExportJobs(ctx, auditRegion, id)
		})
		c.facts.ExportJobs = collection(base+"/export-jobs", convert(jobs, func(
			e *audit_trail.ExportJob,
		) assessment.ExportJob {
			return c.exportFacts(ctx, e)
		}), gap)
	})
}

// exportFacts converts an export job, and reads its bucket.
func (c *organizationCollector) exportFacts(ctx context.Context, e *audit_trail.ExportJob) assessment.ExportJob {
	facts := assessment.ExportJob{
		ID: e.ID, Region: e.Region.String(), CreatedAt: e.CreatedAt, LastRunAt: e.LastRunAt,
		Bucket: assessment.Fact[assessment.ExportBucket]{
			Gap: &assessment.Gap{Reason: assessment.NoAPIField, Needs: "s3"},
		},
	}
	if e.LastStatus != nil {
		facts.LastStatus, facts.Message = present(e.LastStatus.Code), value(e.LastStatus.Message)
	}
	if e.S3 == nil {
		return facts
	}
	source := fmt.Sprintf("S3 GET %s (%s)", e.S3.Bucket, e.S3.Region)
	bucket, gap := read(ctx, c.collector, func(ctx context.Context) (*scaleway.Bucket, error) {
		return c.Scaleway.Bucket(ctx, e.S3.Region, value(e.S3.ProjectID), e.S3.Bucket)
	})
	if gap != nil {
		facts.Bucket = fact(source, assessment.ExportBucket{}, gap)
		return facts
	}
	facts.Bucket = fact(source, bucketFacts(source, bucket, value(e.S3.ProjectID)), nil)
	return facts
}

// bucketFacts converts the settings of a bucket.
func bucketFacts(source string, b *scaleway.Bucket, projectID string) assessment.ExportBucket {
	lock := b.ObjectLock.Value
	facts := assessment.ExportBucket{
		Name: b.Name, ProjectID: projectID,
		Region:     fact(source+" location", b.Region.Value.String(), gapOf(b.Region.Err)),
		Versioning: fact(source+" versioning", b.Versioned.Value, gapOf(b.Versioned.Err)),
		ObjectLock: fact(source+" object-lock", assessment.BucketLock{
			Enabled: &lock.Enabled, RetentionDays: &lock.Days, RetentionMode: strings.ToUpper(lock.Mode),
		}, gapOf(b.ObjectLock.Err)),
	}
	isPublic := len(b.Policy.Value.PublicStatements) > 0 || len(b.PublicGrants.Value) > 0
	missing := b.Policy.Err
	if missing == nil {
		missing = b.PublicGrants.Err
	}
	if isPublic {
		missing = nil
	}
	facts.Public = fact(source+" policy, acl", isPublic, gapOf(missing))
	return facts
}
