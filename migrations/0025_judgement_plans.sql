-- The judgement looks up neighbours by their place, whatever the statistics say. Two rows of versions in force overlap
-- in time nearly always; without this the planner may intersect the index on place with the one on periods, and a load
-- of a hundred thousand parcels then reads all periods once for each of them.
alter function land.judge_overlaps(bigint) set enable_bitmapscan = off;
alter function land.judge_corners(bigint) set enable_bitmapscan = off;
