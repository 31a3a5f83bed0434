-- SPDX-License-Identifier: GPL-3.0-or-later
-- Fifth version: where a row of a catalog stands, so that findings can be shown beside it.

-- Of the catalog's file, from 1; 0 where an older version stored the rule.
ALTER TABLE rule ADD COLUMN line INTEGER NOT NULL DEFAULT 0;
