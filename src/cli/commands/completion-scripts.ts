/**
 * The scripts of the shells. Each asks `lithopod __complete -- WORD…`, of which the last word is
 * the one that is being typed, and gets a line for each candidate, with a tab before its
 * description, and a last line `:4`, or `:0` where files fit as well.
 */

export type Shell = keyof typeof completionScripts;

const bash = `# bash completion of lithopod
_lithopod() {
  local answer line mode word
  # COMP_WORDBREAKS parts words at = and :, so they are joined as they were typed.
  local before="\${COMP_LINE:0:COMP_POINT}"
  local -a words=()
  read -ra words <<< "$before"
  case "$before" in *[[:space:]]) words+=("") ;; esac
  word="\${words[\${#words[@]}-1]}"
  answer=$("\${words[0]}" __complete "\${words[@]:1}" 2>/dev/null) || return
  mode="\${answer##*$'\\n'}"
  COMPREPLY=()
  while IFS= read -r line; do
    case "$line" in :[0-9]*) continue ;; esac
    line="\${line%%$'\\t'*}"
    case "$line" in "$word"*) COMPREPLY+=("$line") ;; esac
  done <<< "$answer"
  local cut="\${word%"\${word##*[=:]}"}" index
  if [ -n "$cut" ]; then
    for index in "\${!COMPREPLY[@]}"; do COMPREPLY[index]="\${COMPREPLY[index]#"$cut"}"; done
  fi
  if [ "$mode" = ":0" ]; then
    while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "\${word##*=}")
    compopt -o filenames 2>/dev/null
  fi
}
complete -F _lithopod lithopod
`;

const zsh = `#compdef lithopod
_lithopod() {
  local answer line mode
  local -a lines candidates
  answer=$("\${words[1]}" __complete "\${(@)words[2,CURRENT]}" 2>/dev/null) || return
  lines=("\${(@f)answer}")
  mode="\${lines[-1]}"
  for line in "\${(@)lines[1,-2]}"; do
    [[ -z "$line" ]] && continue
    line="\${line//:/\\\\:}"
    candidates+=("\${line/$'\\t'/:}")
  done
  (( \${#candidates} )) && _describe 'lithopod' candidates
  if [[ "$mode" == ":0" ]]; then _files; fi
}
if [ "$funcstack[1]" = "_lithopod" ]; then _lithopod; else compdef _lithopod lithopod; fi
`;

const fish = `# fish completion of lithopod
function __lithopod_complete
  set -l words (commandline -opc)
  set -l answer ($words[1] __complete $words[2..-1] (commandline -ct) 2>/dev/null)
  test (count $answer) -gt 0; or return
  if test (count $answer) -gt 1
    for line in $answer[1..-2]
      echo $line
    end
  end
  if test "$answer[-1]" = ":0"
    __fish_complete_path (commandline -ct)
  end
end
complete -c lithopod -f -a '(__lithopod_complete)'
`;

export const completionScripts = { bash, zsh, fish } as const;
