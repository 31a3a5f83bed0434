-- SPDX-License-Identifier: GPL-3.0-or-later
-- Second version: what a site file and waivers say, and flows that ICMP ended.

-- Flows never answered but by an ICMP message that says why.
ALTER TABLE conversation ADD COLUMN unreachable INTEGER NOT NULL DEFAULT 0;
ALTER TABLE finding ADD COLUMN unreachable INTEGER NOT NULL DEFAULT 0;
