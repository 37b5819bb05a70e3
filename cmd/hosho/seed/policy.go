package seed

import (
	"context"
	"time"

	"hosho/models"
)

// tellPolicy has a change of policy published by two people a month ago, and another that
// waits for the second one, beside one that is not ready.
func (st *story) tellPolicy() {
	lead := func() models.Actor { return st.people.Leads[0].Actor() }
	proposed := func(ctx context.Context, name, reason string, values map[string]string) (models.PolicyDraft, error) {
		d, err := st.s.CreatePolicyDraft(ctx, lead(), models.NewPolicyDraft{Name: name})
		if err == nil {
			d, err = st.s.ChangePolicyDraft(ctx, lead(), d.ID, models.ChangePolicyDraft{Values: values})
		}
		if err == nil {
			d, err = st.s.ProposePolicy(ctx, lead(), d.ID, models.ProposePolicy{Reason: reason})
		}
		return d, err
	}
	st.at(d(30), "policy published", func(ctx context.Context) error {
		x, err := proposed(ctx, "下書きを長く残す", "期限の後に、書きかけの内容を確認したいという問い合わせが続いたため。", map[string]string{"draft_days_after_deadline": "60"})
		if err == nil {
			_, err = st.s.PublishPolicy(ctx, st.people.Admin.Actor(), x.ID, nil)
		}
		return err
	})
	st.at(2*time.Hour, "policy proposed", func(ctx context.Context) error {
		_, err := proposed(ctx, "回答を待つ時間を24時間にする", "回答する出品者の多くは、24時間のうちに回答しているため。", map[string]string{"wait_hours": "24"})
		return err
	})
	st.at(time.Hour, "policy drafted", func(ctx context.Context) error {
		x, err := st.s.CreatePolicyDraft(ctx, lead(), models.NewPolicyDraft{Name: "小さな申請を早く終える"})
		if err == nil {
			_, err = st.s.ChangePolicyDraft(ctx, lead(), x.ID, models.ChangePolicyDraft{Values: map[string]string{"auto_grant_jpy": "10000", "approval_jpy": "50000"}})
		}
		return err
	})
}
