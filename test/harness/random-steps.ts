/**
 * What may have happened to a repository before `pull-all` comes, as lines of bash. `$N` is the repository's name, `$O` the
 * bare one that all push to, `$C` the colleague's clone, `$M` the developer's. A line that is not possible in the state
 * that the ones before have left is as good as not there.
 */

/** What is in every repository at first; `part` is a submodule, `*.lfs` goes through a filter, as large files do. */
export const SEED = String.raw`
git init -q --bare origin/library.git; git clone -q origin/library.git library
( cd library; echo 1 >lib.txt; git add .; git commit -qm first; git push -q origin main )
git init -q --bare origin/seed.git; git -C origin/seed.git config uploadpack.allowFilter true
git clone -q origin/seed.git colleague/seed; cd colleague/seed
for f in a.txt b.txt 'odd näme.txt' $'new\nline.txt' "quo\"te's.txt" $'\xff\xfe.bin' -dash.txt ' blank ' $'tab\t.txt' 'a -> b'
do echo 1 >./"$f"; done
mkdir -p sub/deep; echo 1 >sub/deep/c.txt; echo 1 >sub/d.txt
printf '*.log\n' >.gitignore; printf '*.lfs filter=fake -text\n*.crlf text eol=crlf\n*.auto text=auto\n' >.gitattributes
echo 'pointer 1' >x.lfs; printf '1\r\n2\r\n' >win.crlf; printf '1\n2\n' >any.auto; ln -s a.txt link; echo 1 >run.sh; chmod +x run.sh
git submodule --quiet add "$PWD/../../origin/library.git" part; git add --all; git commit -qm zeroth; echo 2 >sub/d.txt
git commit -qam first; git push -q -u origin main; git push -q origin main:topic; git tag v1; git push -q origin v1`;

const FILTER = `-c filter.fake.clean="sed 's/^/pointer /'" -c filter.fake.smudge="sed 's/^pointer //'"`;

/** How the developer's clone was made. The plain one stands for most. */
export const CLONES: readonly string[] = [
  ...Array.from({ length: 6 }, () => `git clone -q ${FILTER} $O $M`),
  `git clone -q ${FILTER} file://$O $M`,
  `git clone -q ${FILTER} --shared $O $M`,
  `git clone -q ${FILTER} --reference $C $O $M`,
  `git clone -q ${FILTER} --depth 1 file://$O $M`,
  `git clone -q ${FILTER} --depth 1 --no-single-branch file://$O $M`,
  `git clone -q ${FILTER} --single-branch --no-tags $O $M`,
  `mkdir -p .gitdirs; git clone -q ${FILTER} --separate-git-dir $PWD/.gitdirs/$N $O $M`,
  `git clone -q ${FILTER} --filter=blob:none file://$O $M`,
  `git clone -q ${FILTER} --sparse $O $M`,
  `git clone -q -c core.autocrlf=true $O $M`,
  `git clone -q -c core.autocrlf=input -c core.eol=crlf $O $M`,
  `git clone -q --origin upstream $O $M`,
  `git clone -q --recurse-submodules $O $M`,
  `git clone -q -c filter.fake.clean=cat -c filter.fake.smudge=false -c filter.fake.required=true --no-checkout $O $M; cd $M; git -c filter.fake.smudge=cat reset -q --hard`,
  `git clone -q $O $M; git -C $M config remote.origin.url ../../origin/$N.git`,
  `git clone -q $O $M; git -C $M config remote.origin.url team:$N.git; git -C $M config url.\${O%/*}/.insteadOf team:`,
  `mkdir -p .bare; git clone -q --bare $O .bare/$N; cd .bare/$N; git config remote.origin.fetch '+refs/heads/*:refs/remotes/origin/*'; git fetch -q; git worktree add -q $M main; git branch -q --set-upstream-to=origin/main main`,
  `git clone -q $O $M; cd $M; mkdir -p ../.gitdirs; mv .git ../.gitdirs/$N; ln -s ../.gitdirs/$N .git`,
];

const SIDE = "git switch -q -c side; echo side >a.txt; git commit -qam side; git switch -q -";
const OWN = "echo own >a.txt; git commit -qam own";

/** What the developer has done. */
export const MINE: readonly string[] = [
  // Files.
  "echo mine > a.txt",
  "echo mine > a.txt; git add a.txt",
  "echo mine >> 'odd näme.txt'",
  String.raw`echo mine >> $'new\nline.txt'; echo mine >> $'\xff\xfe.bin'; echo mine >> ./-dash.txt; git add -- $'\xff\xfe.bin'`,
  String.raw`echo mine > $'\xff mine'; echo mine > ./--untracked; echo mine > $'mine\n'`,
  "echo theirs > a.txt; git add a.txt",
  "echo theirs > a.txt",
  "echo mine > untracked.txt",
  "echo theirs > untracked.txt",
  "mkdir -p new; echo mine > new/b.txt",
  "mkdir -p new/empty",
  "echo mine > new",
  "echo mine > x.log",
  "mkdir sub/deep/made; echo mine > sub/deep/made/y.log",
  "git mv b.txt renamed.txt",
  "git rm --quiet --cached b.txt",
  "git rm --quiet b.txt",
  "rm b.txt",
  "rm -r sub",
  "rm -r sub; echo mine > sub",
  "rm a.txt; mkdir a.txt; echo mine > a.txt/in",
  "rm a.txt; ln -s b.txt a.txt",
  "rm -r sub; ln -s /tmp sub",
  "rm link; echo mine > link",
  "chmod +x a.txt",
  "chmod +x b.txt; git add b.txt",
  "chmod 400 a.txt",
  "touch a.txt b.txt",
  "touch -d 2001-01-01 a.txt b.txt",
  "mkfifo pipe",
  "echo mine >> x.lfs",
  String.raw`printf 'mine\n' > win.crlf; printf 'mine\r\n' > any.auto`,
  "echo '*.txt text eol=crlf' >> .git/info/attributes",
  "echo '*.txt' >> .git/info/exclude",
  "git add --intent-to-add .; true",
  "git update-index --assume-unchanged a.txt; echo mine > a.txt",
  "git update-index --skip-worktree a.txt; echo mine > a.txt",
  "rm .git/index",
  "git submodule --quiet update --init",
  "git submodule --quiet update --init; echo mine > part/lib.txt",
  "git submodule --quiet update --init; git -C part commit -q --allow-empty -m mine; git add part",
  // Commits and refs.
  "git commit -q --allow-empty -m mine",
  "echo mine > own.txt; git add own.txt; git commit -qm mine",
  "echo mine > a.txt; git stash -q",
  "echo mine > u.txt; git stash -q -u; echo mine > b.txt; git stash -q",
  "git checkout -q --detach",
  "git switch -q -c other",
  "git switch -q -c follows --track origin/main",
  "git switch -q topic",
  "git switch -q --orphan fresh",
  "git reset -q --hard HEAD~1",
  "git reset -q --soft HEAD~1",
  "git pack-refs --all",
  "git pack-refs --all; git commit -q --allow-empty -m mine; git reset -q --hard HEAD~1",
  "git repack -q -a -d; git commit-graph write",
  "git tag mine; git tag v2",
  "git notes add -m mine",
  "git replace HEAD HEAD~1",
  "git symbolic-ref refs/heads/alias refs/heads/main; git symbolic-ref HEAD refs/heads/alias",
  "ln -sf refs/heads/main .git/HEAD",
  "echo >> .git/HEAD; git fetch -q",
  "git worktree add -q ../$N.wt -b wt --track origin/main",
  "git worktree add -q ../$N.wt topic; echo mine > ../$N.wt/a.txt",
  "git worktree add -q ../$N.wt --detach; git worktree lock ../$N.wt",
  "git branch -q behind HEAD~1; git branch -q --set-upstream-to=origin/main behind",
  // Settings.
  "git config core.autocrlf true",
  "git config core.fileMode false",
  "git config core.symlinks false",
  "git config core.ignoreCase true",
  "git update-index --split-index",
  "git update-index --index-version 4",
  "git update-index --untracked-cache",
  "git sparse-checkout set --no-cone '/*' '!sub/'",
  "git sparse-checkout set --cone sub/deep",
  "git sparse-checkout set --cone --sparse-index sub/deep",
  "git config extensions.worktreeConfig true; git config --worktree core.sparseCheckout false",
  "git config branch.main.mergeOptions --squash; git config merge.ff false; git config merge.autoStash true",
  "git config pull.rebase true; git config branch.main.rebase interactive; git config rebase.autoStash true",
  "git config submodule.recurse true; git config fetch.recurseSubmodules true",
  "git config fetch.prune true; git config fetch.pruneTags true",
  "git config remote.origin.tagOpt --tags",
  "git config remote.origin.fetch '+refs/heads/main:refs/remotes/origin/main'",
  "git config --add remote.origin.fetch 'refs/tags/*:refs/tags/*'",
  "git config --add remote.origin.fetch '^refs/heads/topic'",
  "git config --add branch.main.merge refs/heads/topic",
  "git config branch.main.merge refs/heads/gone",
  "git config --unset branch.main.merge",
  "git config branch.main.merge refs/tags/v1",
  "git config branch.main.remote $O",
  "git branch -q base origin/main; git config branch.main.remote .; git config branch.main.merge refs/heads/base",
  "git remote rename origin theirs",
  "git remote add -f second $O; git config remotes.default second",
  "git remote remove origin",
  "git remote set-url origin /nowhere",
  `printf '[include]\\n\\tpath = more\\n' >> .git/config; printf '[branch "main"]\\n\\tmerge = refs/heads/topic\\n' > .git/more`,
  "git config merge.verifySignatures true",
  "git config fetch.writeCommitGraph true; git config gc.auto 1",
  "git config transfer.fsckObjects true; git config fetch.unpackLimit 1",
  `mkdir -p .git/hooks; printf '#!/bin/sh\\necho hooked\\nexit 3\\n' > .git/hooks/post-merge; chmod +x .git/hooks/post-merge`,
  // Under way.
  `${SIDE}; ${OWN}; git merge -q side`,
  `${SIDE}; git merge -q --no-commit --no-ff side`,
  `${SIDE}; ${OWN}; git rebase -q side`,
  `${SIDE}; echo own >a.txt; git cherry-pick side`,
  `${SIDE}; git cherry-pick --no-commit side`,
  `${SIDE}; ${OWN}; git push -q; git cherry-pick side`,
  "git revert --no-commit HEAD",
  "git revert --no-edit HEAD; git reset -q --hard HEAD~1; echo mine >sub/d.txt; git commit -qam own; git push -q; git revert HEAD~1",
  `${SIDE}; ${OWN}; git push -q; git format-patch -1 --stdout side | git am`,
  "git bisect start",
  "git bisect start HEAD HEAD~1",
  // What a git that was killed has left.
  "touch .git/index.lock",
  "touch -d '1 hour ago' .git/index.lock",
  "touch .git/HEAD.lock",
  "touch .git/refs/heads/main.lock",
  "touch .git/ORIG_HEAD.lock",
  "touch .git/packed-refs.lock",
  "touch .git/refs/remotes/origin/main.lock",
  "touch .git/config.lock",
  "git fetch -q",
  "git update-ref ORIG_HEAD HEAD~1",
];

/** What a colleague has committed; it is pushed after each. */
export const THEIR_COMMITS: readonly string[] = [
  "echo theirs > a.txt",
  "echo theirs > 'odd näme.txt'",
  String.raw`echo theirs > $'new\nline.txt'; echo theirs > "quo\"te's.txt"; echo theirs > $'\xff\xfe.bin'; echo theirs > ./-dash.txt`,
  String.raw`echo theirs > $'\xff mine'; echo theirs > ./--untracked`,
  "mkdir -p new; echo theirs > new/b.txt",
  "echo theirs > untracked.txt",
  "echo theirs > x.log; git add --force x.log",
  "git rm -q b.txt",
  "git mv b.txt renamed.txt",
  "git rm -q a.txt; mkdir a.txt; echo theirs > a.txt/in",
  "chmod +x b.txt",
  "rm b.txt; ln -s a.txt b.txt",
  "rm link; echo theirs > link",
  "echo theirs > sub/deep/c.txt",
  "rm -r sub; echo theirs > sub",
  "rm -r sub",
  "echo 'pointer 2' > x.lfs",
  String.raw`printf '1\r\n3\r\n' > win.crlf; printf '3\n' > any.auto`,
  "echo '*.txt text eol=crlf' >> .gitattributes",
  "echo 'untracked.txt' >> .gitignore",
  "git -C part commit -q --allow-empty -m theirs; git -C part push -q origin HEAD:refs/heads/x; git add part",
  "git rm -q --cached part; rm -rf part .gitmodules",
  "for i in $(seq 60); do mkdir -p many/$i; echo $i > many/$i/f; done",
  "echo gone > a.txt; git commit -qam there; git revert --no-edit HEAD",
  "git commit -q --allow-empty -m theirs",
  "git switch -q -c feature HEAD~1; echo f > f.txt; git add f.txt; git commit -qm f; git switch -q main; git merge -q --no-ff -m merged feature",
];

/** What else a colleague has done to the shared repository. */
export const THEIR_REFS: readonly string[] = [
  "git tag v2; git push -q origin v2",
  "git tag -f -a -m moved v1; git push -q -f origin v1",
  "git push -q origin :v1",
  "git commit -q --amend -m rewritten --allow-empty; git push -q -f",
  "git reset -q --hard HEAD~1; git push -q -f",
  "git switch -q --orphan anew; git commit -q --allow-empty -m anew; git push -q -f origin anew:main",
  "git push -q origin main:trunk; git -C $O symbolic-ref HEAD refs/heads/trunk; git push -q origin :main",
  "git push -q origin main:topic",
  "git push -q origin :topic",
  "git push -q origin :topic; git push -q origin main:topic/x",
  "git push -q origin main:refs/heads/fresh main:refs/heads/-odd",
  "git -C $O gc -q",
  "git -C $O pack-refs --all",
];
