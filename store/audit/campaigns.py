"""The invariants of campaigns as SQL: whoever is meant gets it once, and what was taken back is gone."""

from store.audit.invariant import Invariant

INVARIANTS = (
    Invariant(
        "campaign-accounts",
        "a campaign is for as many accounts as it says, and has given to as many, and taken back as much, as it says",
        """
        SELECT campaign.id AS campaign_id, campaign.accounts, count(member.account) AS written_down,
               campaign.granted_accounts, count(member.package) AS granted, campaign.voided_seconds,
               coalesce(sum(member.voided_seconds), 0) AS taken_back
        FROM campaign LEFT JOIN campaign_account AS member ON member.campaign = campaign.number
        GROUP BY campaign.number
        HAVING count(member.account) <> campaign.accounts
            OR campaign.granted_accounts <> count(member.package)
            OR campaign.voided_seconds <> coalesce(sum(member.voided_seconds), 0)
            OR (campaign.started_at IS NULL AND count(member.package) > 0)
        """,
    ),
    Invariant(
        "campaign-packages",
        "what a campaign gives is a package of its seconds to an account of its own, and nothing else has its cause",
        """
        SELECT campaign.id AS campaign_id, member.account, package.id AS package_id, package.granted_seconds
        FROM campaign
        JOIN campaign_account AS member ON member.campaign = campaign.number
        JOIN package ON package.number = member.package AND package.account = member.account
        LEFT JOIN entry ON entry.kind = 'grant' AND entry.package = member.package AND entry.account = member.account
        WHERE package.granted_seconds <> campaign.seconds_each
           OR package.kind <> CASE campaign.kind WHEN 'compensation' THEN 'support' ELSE 'bonus' END::package_kind
           OR entry.message_id IS DISTINCT FROM campaign.message_id
        UNION ALL
        SELECT campaign.id, entry.account, NULL, entry.seconds
        FROM campaign
        JOIN entry ON entry.message_id = campaign.message_id
        LEFT JOIN campaign_account AS member ON member.campaign = campaign.number AND member.package = entry.package
        WHERE member.package IS NULL
        """,
    ),
    Invariant(
        "campaign-voided",
        "nobody can use what is left of a campaign that was voided, unless it had ended by itself",
        """
        SELECT campaign.id AS campaign_id, member.account, package.id AS package_id, package.left_seconds
        FROM campaign
        JOIN campaign_account AS member ON member.campaign = campaign.number
        JOIN package ON package.number = member.package AND package.account = member.account
        WHERE campaign.status = 'voided' AND package.state <> 'voided'
          AND (package.expires_at IS NULL OR package.expires_at > campaign.voided_at)
        """,
    ),
)
